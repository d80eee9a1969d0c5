"""Home Office use of force: headers of two levels, totals among the rows, `None` that is a value."""

from datetime import date
from pathlib import Path

import pytest

from sources.home_office.use_of_force import FEED
from sources.sample import home_office_use_of_force
from tests.deliveries import Desk, unzipped, zipped
from tests.extracts import EXTRACTS, requires_extracts

DAY = date(2026, 5, 28)
(SAMPLE,) = home_office_use_of_force.published(DAY, seed=1)
FIRST, SECOND = (
    EXTRACTS / "homeoffice" / f"police-use-of-force-{name}-tables.ods"
    for name in ("apr2018-mar2019-hosb3319", "apr2019-mar2020-hosb3720")
)


def edited(*changes: tuple[str, str], times: int = -1) -> bytes:
    """Return the sample with texts of its cells changed."""
    members = unzipped(SAMPLE.content)
    text = members["content.xml"].decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, times)
    return zipped(members | {"content.xml": text.encode()})


def test_the_sample_covers_what_should_be_out(tmp_path: Path) -> None:
    result = Desk(tmp_path).take(SAMPLE.content, SAMPLE.name)
    assert result.receipt, result.report
    assert result.receipt["last_period"] >= FEED.expected_by(DAY)


def test_none_is_a_health_condition(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.take(SAMPLE.content, SAMPLE.name).outcome == "landed"
    assert desk.query(
        f"select count(*), count(used) from {FEED.name} where scope = 'health condition' and category = 'None'"
    ) == [(132, 132)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([(">Kent<", ">Kent Police<")], "the area is not known"),
        ([(">Total North East <", ">Total North-East <")], "the area is not known"),
        ([(">Mixed<", ">Two or more<")], "the group is not known"),
        ([(">Arced<", ">Sparked<")], "the group is not known"),
        ([(">Number of times tactic reported<", ">Total<")], "the group is not known"),
        ([(">2024/25<", ">2024<")], 'Financial year is "2024"'),
        ([("Contents</text:p>", "Kent</text:p>"), (">Police force<", ">Force<")], "a header and no rows"),
        ([("Injuries to officers", "Officers injured")], "Officers injured"),
    ],
)
def test_what_the_tables_never_hold_is_refused_in_words(
    tmp_path: Path, changes: list[tuple[str, str]], words: str
) -> None:
    result = Desk(tmp_path).take(edited(*changes), SAMPLE.name)
    assert result.outcome == "quarantined"
    assert result.report
    assert words in result.report.markdown()


@pytest.mark.parametrize(
    ("sign", "outcome", "words"),
    [
        (":", "landed", ""),
        ("*", "quarantined", 'Metropolitan, *Total Tactics, Under 11 years is "*"'),
        ("999", "quarantined", "the groups do not add up"),
    ],
)
def test_only_the_publishers_sign_stands_for_a_figure(tmp_path: Path, sign: str, outcome: str, words: str) -> None:
    members = unzipped(SAMPLE.content)
    text = members["content.xml"].decode()
    table = text.index("Table 14. ")
    cell = text.index('office:value-type="float"', text.index(">Metropolitan<", table))
    end = text.index("</text:p>", cell)
    changed = text[:cell] + f'office:value-type="string"><text:p>{sign}' + text[end:]
    desk = Desk(tmp_path)
    result = desk.take(zipped(members | {"content.xml": changed.encode()}), SAMPLE.name)
    assert result.outcome == outcome
    if result.report:
        assert words in result.report.markdown()
    else:
        assert desk.query(f"select area_name, category, used from {FEED.name} where symbol is not null") == [
            ("Metropolitan", "Under 11 years", None)
        ]


@requires_extracts
def test_the_publishers_workbooks(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    first, second = (desk.take(path.read_bytes(), path.name) for path in (FIRST, SECOND))
    assert (first.outcome, first.feed, first.rows) == ("landed", FEED.name, 44_362)
    assert (second.outcome, second.feed, second.rows) == ("landed", FEED.name, 45_308)
    assert [result.receipt and result.receipt["layout"] for result in (first, second)] == ["subject", "person-involved"]
    assert desk.query(
        f"select scope, used from {FEED.name} where delivery_id = ? and area_name = 'England and Wales' "
        f"and (scope = 'incidents' or tactic = 'Total Tactics' and category = 'Number of times tactic reported') "
        f"order by scope",
        second.delivery_id,
    ) == [
        ("age", 715_276),
        ("ethnicity", 715_276),
        ("gender", 715_276),
        ("health condition", 715_276),
        ("incidents", 491_984),
    ]
    assert desk.query(
        f"select category, used from {FEED.name} where delivery_id = ? and area_name = 'Metropolitan' "
        f"and scope = 'ethnicity' and tactic = 'Total Tactics' order by used desc",
        first.delivery_id,
    ) == [
        ("Number of times tactic reported", 171_805),
        ("White", 74_357),
        ("Black (or Black British)", 63_618),
        ("Asian (or Asian British)", 18_906),
        ("Other", 6_854),
        ("Mixed", 5_300),
        ("Don't know", 1_900),
        ("Chinese", 870),
        ("Not reported", 0),
    ]
    # Incidents with a CED of earlier years stand in both, and a mark of revision is no part of a force's name.
    assert desk.query(
        f"select period_end, count(*), any_value(used) from {FEED.name} "
        f"where scope = 'ced incidents' and area_name = 'Metropolitan' and category = 'Total' "
        f"group by period_end order by period_end"
    ) == [(date(2018, 3, 31), 2, 4_951), (date(2019, 3, 31), 2, 7_396), (date(2020, 3, 31), 1, 10_068)]
    assert desk.query(
        f"select area_name, symbol, count(*) from {FEED.name} where symbol is not null and symbol <> ':' group by all"
    ) == [("Hampshire", "(R)", 22)]
    assert desk.query(
        f"select count(*) from {FEED.name} where symbol = ':' and delivery_id = ?", second.delivery_id
    ) == [(1_378,)]
