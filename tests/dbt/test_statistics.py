"""The statistical macros against published worked figures, and the dbt unit tests."""

from pathlib import Path
from typing import Any

import pytest

from orchestration import dbt
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

pytestmark = pytest.mark.xdist_group("dbt")

# MOPAC's performance pack of April 2013, and TfL's bulletin on the first quarter of 2014/15.
CHANGES = {
    "violence with injury, quarter": (14077, 13027, -7.5),
    "violence with injury, year": (61346, 57836, -5.7),
    "robbery, quarter": (9336, 7824, -16.2),
    "robbery, year": (38914, 34764, -10.7),
    "burglary, quarter": (25068, 23882, -4.7),
    "burglary, year": (96224, 92644, -3.7),
    "criminal damage, quarter": (16667, 13726, -17.6),
    "criminal damage, year": (72928, 59910, -17.9),
    "theft from person, quarter": (11211, 12372, 10.4),
    "theft from person, year": (42081, 49265, 17.1),
    "theft of vehicles, quarter": (5669, 5103, -10.0),
    "theft of vehicles, year": (26188, 22139, -15.5),
    "theft from vehicles, quarter": (18661, 17163, -8.0),
    "theft from vehicles, year": (73352, 67916, -7.4),
    "crime on buses": (4777, 4094, -14.3),
    "crime on the Underground and DLR": (2935, 2337, -20.4),
    "crime on the Overground": (250, 249, -0.4),
    "crime on trams": (107, 41, -61.7),
    "crime on all transport": (8069, 6721, -16.7),
}

SEVEN = f"select unnest({[after for name, (_, after, _) in CHANGES.items() if name.endswith(', year')]}) as offences"
"""The years of the seven crimes of the pack."""

EIGHTEEN = "select unnest([1, 2, 1, 2, 10, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1.0]) as value"
"""Worked example of NHSRplotthedots."""


def xmr(sign: str, *, screened: bool) -> str:
    """Return SQL of a limit of the eighteen points."""
    kept = "{{ xmr_screen('range', '(select avg(range) from ranges)') }}" if screened else "true"
    return f"""(
        with points as ({EIGHTEEN}),
        ranges as (select abs(value - lag(value) over (rows between unbounded preceding and current row)) as range
                   from points)
        select {{{{ xmr_limit('(select avg(value) from points)', 'avg(range)', '{sign}') }}}} from ranges where {kept})
    """


def z_score(deff: str) -> str:
    """Return SQL of the standard score of the change from 46 to 45 per cent of 19,200 each."""
    before, after = (f"{{{{ survey_variance('{share}.0', '19200.0', '{deff}') }}}}" for share in (46, 45))
    return f"(45.0 - 46.0) / sqrt({before} + {after})"


# name: (SQL of macros, figure, decimals of the source)
FIXTURES: dict[str, tuple[str, float | str | None, int]] = {
    "Byar, 108 events, lower": ("{{ byar_lower('108') }}", 88.593, 3),
    "Byar, 108 events, upper": ("{{ byar_upper('108') }}", 130.394, 3),
    "Byar, 10 events, lower": ("{{ byar_lower('10') }}", 4.787, 3),
    "Byar, 10 events, upper": ("{{ byar_upper('10') }}", 18.391, 3),
    "Byar, no events, lower": ("{{ byar_lower('0') }}", 0.0, 3),
    "a count that was corrected below 0 has no lower limit": ("{{ byar_lower('-3') }}", None, 3),
    "a count that was corrected below 0 has no upper limit": ("{{ byar_upper('-3') }}", None, 3),
    "Wilson, 46 % of 19,200, lower": ("{{ wilson_limit('8832.0', '19200.0', '-') }}", 45.30, 2),
    "Wilson, 46 % of 19,200, upper": ("{{ wilson_limit('8832.0', '19200.0', '+') }}", 46.71, 2),
    "Wilson, 46 % of 600, lower": ("{{ wilson_limit('276.0', '600.0', '-') }}", 42.05, 2),
    "Wilson, 46 % of 600, upper": ("{{ wilson_limit('276.0', '600.0', '+') }}", 50.00, 2),
    "Wilson, 46 % of 19,200 with a design effect of 1.5, lower": (
        "{{ wilson_limit('8832.0', '19200.0', '-', '1.5') }}", 45.14, 2),
    "Wilson, 46 % of 19,200 with a design effect of 1.5, upper": (
        "{{ wilson_limit('8832.0', '19200.0', '+', '1.5') }}", 46.86, 2),
    "more outcomes than offences have no Wilson limits": ("{{ wilson_limit('3.0', '2.0', '-') }}", None, 2),
    "outcomes corrected below 0 have no Wilson limits": ("{{ wilson_limit('-1.0', '2.0', '-') }}", None, 2),
    # 30 % of 200 to 40 % of 100: 10 points, 1.96 sqrt(0.3 0.7 / 200 + 0.4 0.6 / 100) = 11.51 points either way.
    "difference of proportions, lower": ("{{ points_limit('60.0', '200.0', '40.0', '100.0', '-') }}", -1.51, 2),
    "difference of proportions, upper": ("{{ points_limit('60.0', '200.0', '40.0', '100.0', '+') }}", 21.51, 2),
    "more outcomes than offences have no difference": (
        "{{ points_limit('60.0', '200.0', '3.0', '2.0', '-') }}", None, 2),
    "outcomes corrected below 0 have no difference": (
        "{{ points_limit('60.0', '200.0', '-1.0', '2.0', '-') }}", None, 2),
    "shares of nobody have no difference": ("{{ points_limit('60.0', '200.0', '0.0', '0.0', '-') }}", None, 2),
    "46 % to 45 % of 19,200 each": (z_score("1.0"), -1.97, 2),
    "46 % to 45 % with a design effect of 1.5": (z_score("1.5"), -1.61, 2),
    "limits of the change of a survey exclude none where its score is beyond 1.96": (
        "{{ survey_points_limit('46.0', '19200.0', '1.0', '45.0', '19200.0', '1.0', '+') }}", -0.004, 3),
    "and include none where the design effect brings it below": (
        "{{ survey_points_limit('46.0', '19200.0', '1.5', '45.0', '19200.0', '1.5', '+') }}", 0.220, 3),
    "Wilson, a survey's share, lower": ("{{ survey_limit('46.0', '19200.0', '1.5', '-') }}", 45.14, 2),
    # 50 x 50 / 1000 + 60 x 40 / 500 x (1 - 2 x 500 / 1000): half of the whole is the group itself.
    "variance of a group less its whole": (
        "{{ survey_gap_variance('60.0', '500.0', '1.0', '50.0', '1000.0', '1.0') }}", 2.5, 3),
    **{name: (f"{{{{ change_pct('{before}.0', '{after}.0') }}}}", change, 1)
       for name, (before, after, change) in CHANGES.items()},
    "sum of the seven crimes": (f"(select {{{{ exact_sum('offences') }}}} from ({SEVEN}))", 384474.0, 0),
    "a change from nothing": ("{{ change_pct('0.0', '5.0') }}", None, 1),
    "XmR, mean": (f"(select {{{{ exact_mean('value') }}}} from ({EIGHTEEN}))", 1.944, 3),
    "XmR, lower limit": (xmr("-", screened=True), -0.716, 3),
    "XmR, upper limit": (xmr("+", screened=True), 4.604, 3),
    "XmR without a screen, lower limit": (xmr("-", screened=False), -3.063, 3),
    "XmR without a screen, upper limit": (xmr("+", screened=False), 6.952, 3),
    "midpoint 6 of 0": ("{{ midpoint_6('0') }}", 0.0, 0),
    "midpoint 6 of 1": ("{{ midpoint_6('1') }}", 3.0, 0),
    "midpoint 6 of 6": ("{{ midpoint_6('6') }}", 3.0, 0),
    "midpoint 6 of 7": ("{{ midpoint_6('7') }}", 9.0, 0),
    "midpoint 6 of 12": ("{{ midpoint_6('12') }}", 9.0, 0),
    "midpoint 6 of 13": ("{{ midpoint_6('13') }}", 15.0, 0),
    "midpoint 6 of 18": ("{{ midpoint_6('18') }}", 15.0, 0),
    # 40 of 1,000 against 50 of 5,000: 4 times; exp(1.96 sqrt(1/40 + 1/50)) = 1.5156.
    "relative rate": ("{{ relative_rate('40.0', '1000.0', '50.0', '5000.0') }}", 4.0, 3),
    "relative rate, lower": ("{{ relative_rate_limit('40.0', '1000.0', '50.0', '5000.0', '-') }}", 2.639, 3),
    "relative rate, upper": ("{{ relative_rate_limit('40.0', '1000.0', '50.0', '5000.0', '+') }}", 6.062, 3),
    "a relative rate of nobody has no limits": (
        "{{ relative_rate_limit('0.0', '1000.0', '50.0', '5000.0', '-') }}", None, 1),
    "a ratio that came nearer to 1 from above went the way wanted": (
        "{{ toward_one('4.0', '2.0', \"'toward_1'\") }}", "down", 0),
    "a ratio that went away from 1 went the other way": (
        "{{ toward_one('2.0', '4.0', \"'toward_1'\") }}", "down", 0),
    "a ratio that came nearer to 1 from below": ("{{ toward_one('0.5', '0.8', \"'toward_1'\") }}", "up", 0),
    "another direction stays": ("{{ toward_one('4.0', '2.0', \"'up'\") }}", "up", 0),
    "burglary, Poisson limits of the change, lower": (
        "{{ ratio_limit('69456.0', '54140.0', '69456.0', '54140.0', '-') }}", -22.9, 1),
    "burglary, Poisson limits of the change, upper": (
        "{{ ratio_limit('69456.0', '54140.0', '69456.0', '54140.0', '+') }}", -21.2, 1),
    "a change from no events has no limits": ("{{ ratio_limit('0.0', '5.0', '0.0', '5.0', '-') }}", None, 1),
    "-7.48 is -7": ("{{ round_figure('-7.48', 0) }}", -7.0, 0),
    "-7.5 is -8": ("{{ round_figure('-7.5::double', 0) }}", -8.0, 0),
    "2.5 is 3": ("{{ round_figure('2.5::double', 0) }}", 3.0, 0),
    "a fall of what should fall": ("{{ assessment('-5.0', '-6.0', '-4.0', \"'down'\") }}", "better", 0),
    "a fall of what should rise": ("{{ assessment('-5.0', '-6.0', '-4.0', \"'up'\") }}", "worse", 0),
    "a fall of what has no direction": ("{{ assessment('-5.0', '-6.0', '-4.0', \"'none'\") }}", "lower", 0),
    "a fall that chance explains": ("{{ assessment('-5.0', '-11.0', '1.0', \"'down'\") }}", "no clear change", 0),
    "quarter": ("{{ quarter_label(\"date '2026-03-31'\") }}", "2026-Q1", 0),
    "financial year": ("{{ financial_year_start(\"date '2026-03-31'\") }}::varchar", "2025-04-01", 0),
    "name": ("{{ fold_name(\"'  KINGSTON-UPON-Thames & X '\") }}", "kingston upon thames and x", 0),
}  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(data=tmp_path_factory.mktemp("dbt"))
    Warehouse(settings.landing, FEEDS, 5).prepare()
    return settings


@pytest.fixture(scope="module")
def computed(settings: Settings) -> dict[str, Any]:
    columns = ",\n".join(f'{sql} as "c{number}"' for number, (sql, *_) in enumerate(FIXTURES.values()))
    result = dbt.invoke(["show", "--inline", f"select {columns}"], settings, settings.data / "dbt")
    assert result.success, result.exception
    row = result.result.results[0].agate_table.rows[0]  # type: ignore[union-attr]
    return dict(zip(FIXTURES, row.values(), strict=True))


@pytest.mark.parametrize("name", FIXTURES)
def test_macro_gives_the_published_figure(name: str, computed: dict[str, Any]) -> None:
    _, figure, decimals = FIXTURES[name]
    value = computed[name]
    if isinstance(figure, float):
        assert float(value) == pytest.approx(figure, abs=0.5001 * 10**-decimals)
    else:
        assert (None if value is None else str(value)) == figure


def test_dbt_unit_tests_pass(settings: Settings) -> None:
    result = dbt.invoke(["test", "--select", "test_type:unit"], settings, settings.data / "dbt")
    assert result.success, [run.message for run in result.result.results]  # type: ignore[union-attr]
    assert len(result.result.results) >= 4  # type: ignore[union-attr]


def test_every_model_and_column_of_the_marts_is_documented() -> None:
    import json

    manifest = json.loads(Path(dbt.manifest()).read_text())
    models = [node for node in manifest["nodes"].values() if node["resource_type"] in ("model", "seed")]
    assert [node["name"] for node in models if not node["description"]] == []
    marts = [node for node in models if node["config"]["schema"] == "marts"]
    assert [node["name"] for node in marts if not node["config"]["contract"]["enforced"]] == []
    assert [
        (node["name"], column["name"])
        for node in marts
        for column in node["columns"].values()
        if not column["description"]
    ] == []
