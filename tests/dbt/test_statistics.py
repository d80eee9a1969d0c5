"""The statistical macros against published worked figures, and the dbt unit tests."""

from pathlib import Path
from typing import Any

import pytest

from orchestration import dbt
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse
from sources.registry import FEEDS

pytestmark = pytest.mark.xdist_group("dbt")

# name: (SQL of macros, figure, decimals of the source)
FIXTURES: dict[str, tuple[str, float | str | None, int]] = {
    "Byar, 108 events, lower": ("{{ byar_lower('108') }}", 88.593, 3),
    "Byar, 108 events, upper": ("{{ byar_upper('108') }}", 130.394, 3),
    "Byar, 10 events, lower": ("{{ byar_lower('10') }}", 4.787, 3),
    "Byar, 10 events, upper": ("{{ byar_upper('10') }}", 18.391, 3),
    "Byar, no events, lower": ("{{ byar_lower('0') }}", 0.0, 3),
    "Wilson, 46 % of 19,200, lower": ("{{ wilson_limit('8832.0', '19200.0', '-') }}", 45.30, 2),
    "Wilson, 46 % of 19,200, upper": ("{{ wilson_limit('8832.0', '19200.0', '+') }}", 46.71, 2),
    "Wilson, 46 % of 600, lower": ("{{ wilson_limit('276.0', '600.0', '-') }}", 42.05, 2),
    "Wilson, 46 % of 600, upper": ("{{ wilson_limit('276.0', '600.0', '+') }}", 50.00, 2),
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
