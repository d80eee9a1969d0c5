"""The public pages in a real browser: complete in themselves, fit for keyboard and ear, true to the CSV."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from orchestration.publication import wording
from tests.browser.conftest import HOSTILE_AREAS, HOSTILE_MEASURE, Opener
from tests.unit.test_publication import read_csv

pytestmark = pytest.mark.xdist_group("browser")

BOROUGHS, PLAN = "borough-performance", "police-and-crime-plan"
RELEASES = [f"{product}/2026-Q1.r2/index.html" for product in (BOROUGHS, PLAN)]
DASHBOARDS = [f"{product}/2026-Q1.r2/dashboard.html" for product in (BOROUGHS, PLAN)]
NOTICES = [f"{BOROUGHS}/2026-Q1/index.html", f"{BOROUGHS}/2026-Q2/index.html"]
ANNUAL = f"{BOROUGHS}/2026-Q1.r2/annual-report.html"
PAGES = ["index.html", *RELEASES, *DASHBOARDS, ANNUAL, *NOTICES]
WIDE, NARROW = 1400, 390
FORCE, LONDON = "E23000001", "E12000007"
DASH = "\N{EN DASH}"


@pytest.mark.parametrize("place", PAGES)
def test_axe_finds_no_violation_and_the_page_does_not_scroll_sideways(visit: Opener, address: str, place: str) -> None:
    page = visit(f"{address}/{place}", width=NARROW)
    if place in DASHBOARDS:
        page.wait_for_selector("#chart svg")
    found = Axe().run(page).response
    assert len(found["passes"]) > 20
    assert not found["violations"], "\n".join(
        f"{each['impact']} {each['id']}: {each['help']}; {[node['html'][:120] for node in each['nodes'][:3]]}"
        for each in found["violations"]
    )
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("place", PAGES)
def test_the_keyboard_reaches_the_contents_past_the_navigation_and_all_that_scrolls(
    visit: Opener, address: str, place: str
) -> None:
    page = visit(f"{address}/{place}", width=NARROW)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the main content"
    assert page.locator(".skip").bounding_box()["x"] >= 0  # type: ignore[index]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    scrolled = page.evaluate("""() => {
        document.querySelectorAll('details').forEach((each) => { each.open = true; });
        return [...document.querySelectorAll('body *')]
            .filter((each) => ['auto', 'scroll'].includes(getComputedStyle(each).overflowX))
            .filter((each) => each.scrollWidth > each.clientWidth)
            .map((each) => [each.tabIndex, each.outerHTML.slice(0, 120)]);
    }""")
    assert [element for tab_index, element in scrolled if tab_index != 0] == []
    assert scrolled or place in NOTICES


@pytest.mark.parametrize("place", [RELEASES[0], *DASHBOARDS])
def test_a_page_works_from_a_file_without_a_network(visit: Opener, site: Path, place: str) -> None:
    page = visit((site / place).as_uri(), offline=True)
    expect(page.locator("figure svg").first).to_be_visible()
    expect(page.locator("table").first).to_be_attached()


# --- the figures are those of the CSV ---


def rows_of(site: Path, product: str) -> list[dict[str, Any]]:
    """The rows of the CSV file of a product, with their types."""
    return [
        {name: _typed(name, value) for name, value in row.items()}
        for row in read_csv(site / product / "2026-Q1.r2" / f"{product}.csv")
    ]


def _typed(name: str, value: str) -> Any:
    if value == "":
        return None
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    if re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", value):
        return float(value)
    # an apostrophe makes text of what a spreadsheet would run
    return {"true": True, "false": False}.get(value, value.removeprefix("'"))


def spelled(row: Mapping[str, Any]) -> dict[str, str]:
    """A row of the CSV file as the pages spell it."""
    cells = {
        "Figure": wording.figure(row["value"], row["unit"], short=True),
        "95% interval": wording.interval(row["lower"], row["upper"], row["unit"]),
        "Status": "[p]" if row["is_provisional"] else "",
        "Before": wording.figure(row["previous_value"], row["unit"], short=True),
        "Change": wording.change(row["change"], row["change_unit"], short=True),
        "95% interval of the change": wording.interval(row["change_lower"], row["change_upper"], row["change_unit"]),
        "Assessment": wording.assessment(row),
    }
    if "rate_per_1000" in row:
        rate = {
            "Per 1,000 residents": wording.number(row["rate_per_1000"], 1),
            "95% interval of the rate": wording.interval(row["rate_lower"], row["rate_upper"], "per_1000"),
        }
        cells |= rate
    if "baseline_value" in row:
        cells |= {
            "Change on the baseline": wording.change(
                row["change_from_baseline"], wording.unit_of_change(row["unit"]), short=True
            ),
            "95% interval of that change": wording.interval(
                row["baseline_change_lower"], row["baseline_change_upper"], wording.unit_of_change(row["unit"])
            ),
            "Progress": row["progress"].capitalize(),
        }
    return {title: text or ("" if title == "Status" else DASH) for title, text in cells.items()}


def table_of(page: Page) -> list[dict[str, str]]:
    """The rows of the dashboard's table, each cell by its heading."""
    [headings, *lines] = page.locator("table").evaluate(
        "(table) => [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return [dict(zip(headings, line, strict=True)) for line in lines]


def select(page: Page, **filters: str) -> None:
    for name, label in filters.items():
        page.locator(f"#{name}").select_option(label=label)


def shown_by(rows: Iterable[Mapping[str, Any]], **wanted: str) -> Iterator[Mapping[str, Any]]:
    return (row for row in rows if all(row[name] == value for name, value in wanted.items()))


@pytest.mark.parametrize(
    ("product", "measure", "name", "area", "area_code", "window"),
    [
        (BOROUGHS, "violence_with_injury", "Violence with injury", "Metropolitan Police area", FORCE, "rolling_12m"),
        (BOROUGHS, "violence_with_injury", "Violence with injury", HOSTILE_AREAS[1], "E09000003", "rolling_12m"),
        (BOROUGHS, "homicide", HOSTILE_MEASURE, HOSTILE_AREAS[2], "E09000004", "rolling_12m"),
        (PLAN, "proven_reoffending_rate", "Proven reoffending rate", "London", LONDON, "as_published"),
        (PLAN, "homicide", HOSTILE_MEASURE, "Metropolitan Police area", FORCE, "rolling_12m"),
    ],
)
def test_a_series_is_that_of_the_csv(
    visit: Opener,
    site: Path,
    address: str,
    product: str,
    measure: str,
    name: str,
    area: str,
    area_code: str,
    window: str,
) -> None:
    page = visit(f"{address}/{product}/2026-Q1.r2/dashboard.html")
    select(page, measure=name, area=area)
    expected = [
        {"Period": wording.period(row["period_start"], row["period_end"])} | spelled(row)
        for row in shown_by(rows_of(site, product), measure_id=measure, area_code=area_code, time_window=window)
    ]
    expected.reverse()  # the newest period leads
    assert len(expected) > 5
    assert table_of(page) == expected
    select(page, **{"to": expected[1]["Period"], "from": expected[3]["Period"]})
    assert table_of(page) == expected[1:4]
    said = page.locator("#summary").inner_text()
    assert "3 periods" in said
    if product == PLAN:
        notes = page.locator("#notes").inner_text()
        assert re.search(r"The baseline is [0-9,.%]+: 12 months to March 2025\. Stated by: MPS\.", notes)
    assert f"{expected[1]['Period']}: {expected[1]['Figure']}" in said
    assert f"Change from a year before: {expected[1]['Change']}; {expected[1]['Assessment'].lower()}." in said
    # a point of the drawing for each row of the table
    expect(page.locator("#chart .mark-symbol path")).to_have_count(3)


def test_all_areas_in_one_period_are_those_of_the_csv(visit: Opener, site: Path, address: str) -> None:
    page = visit(f"{address}/{DASHBOARDS[0]}")
    select(page, measure="Violence with injury", area="Every area, in one period", to="12 months to December 2025")
    rows = shown_by(
        rows_of(site, BOROUGHS), measure_id="violence_with_injury", time_window="rolling_12m", quarter="2025-Q4"
    )
    expected = {row["area_name"]: spelled(row) for row in rows}
    shown = {line.pop("Area"): line for line in table_of(page)}
    assert shown == expected
    assert set(HOSTILE_AREAS) < set(shown)
    expect(page.locator("#from")).to_be_disabled()
    expect(page.locator("#chart .mark-symbol path")).to_have_count(len(expected))


def test_the_tables_of_an_update_hold_figures_of_the_csv_alone(visit: Opener, site: Path, address: str) -> None:
    """Whatever stands as a number beside the name of a measure or an area is a figure of that measure or area."""
    for product in (BOROUGHS, PLAN):
        rows = rows_of(site, product)
        page = visit(f"{address}/{product}/2026-Q1.r2/index.html")
        lines = page.locator("tbody tr").evaluate_all(
            """(rows) => rows.map((row) => [row.cells[0].textContent,
                [...row.querySelectorAll('td.n')].map((cell) => cell.textContent)])"""
        )
        looked_at = 0
        for name, cells in lines:
            ours = [row for row in rows if name.startswith((row["measure_name"], row["area_name"]))]
            allowed = {DASH} | {text for row in ours for text in _spellings(row)}
            if ours:
                assert set(cells) <= allowed, f"{product}: {name}"
                looked_at += len(cells)
        assert looked_at >= 10


def _spellings(row: Mapping[str, Any]) -> Iterator[str]:
    yield from spelled(row).values()
    if "rate_per_1000" in row:
        yield f"{wording.change(row['change'], row['change_unit'])} ({wording.assessment(row).lower()})"
    if "baseline_value" in row:
        yield wording.figure(row["baseline_value"], row["unit"], short=True)


# --- the dashboard ---


@pytest.fixture
def dashboard(visit: Opener, address: str) -> Page:
    return visit(f"{address}/{DASHBOARDS[0]}")


def picked(page: Page) -> dict[str, str]:
    return {name: value for name, [value] in parse_qs(urlsplit(page.url).fragment).items()}


def test_filters_work_by_keyboard_alone_and_stand_in_the_address(dashboard: Page) -> None:
    for _ in range(30):
        dashboard.keyboard.press("Tab")
        if dashboard.evaluate("document.activeElement.id") == "measure":
            break
    for name in ("measure", "area", "from", "to"):
        control = dashboard.locator(f"#{name}")
        expect(control).to_be_focused()
        assert control.evaluate("(select) => select.labels[0].textContent")
        before = control.input_value()
        dashboard.keyboard.press("ArrowUp" if name == "to" else "ArrowDown")
        if control.input_value() == before:  # the last of its options
            dashboard.keyboard.press("ArrowUp")
        assert control.input_value() != before
        if dashboard.locator("#from").is_disabled():  # every area: one period
            dashboard.keyboard.press("ArrowDown")
        dashboard.keyboard.press("Tab")
    assert picked(dashboard) == {
        "measure": "homicide",
        "area": dashboard.locator("#area").input_value(),
        "from": dashboard.locator("#from").input_value(),
        "to": dashboard.locator("#to").input_value(),
    }
    assert dashboard.locator("#summary").get_attribute("aria-live") == "polite"


def test_a_cited_view_is_shown_again(visit: Opener, address: str, dashboard: Page) -> None:
    select(dashboard, measure=HOSTILE_MEASURE, area=HOSTILE_AREAS[3], to="12 months to December 2025")
    again = visit(dashboard.url)
    assert table_of(again) == table_of(dashboard)
    assert again.locator("#caption").inner_text() == dashboard.locator("#caption").inner_text()
    # the link that skips to the content picks nothing
    address = again.url
    again.locator(".skip").focus()
    again.keyboard.press("Enter")
    expect(again).to_have_url(address)
    assert table_of(again) == table_of(dashboard)
    # what the address asks for and the release does not have is not shown
    again.evaluate("location.hash = '#measure=none&area=none&from=9999-01-01&to=0000-01-01'")
    expect(again.locator("#area")).to_have_value(FORCE)
    assert len(table_of(again)) > 5


def test_hostile_names_are_text(dashboard: Page) -> None:
    assert HOSTILE_MEASURE in dashboard.locator("#measure option").all_inner_texts()
    select(dashboard, measure=HOSTILE_MEASURE, area=HOSTILE_AREAS[1])
    assert dashboard.locator("#caption").inner_text() == f"{HOSTILE_MEASURE}, {HOSTILE_AREAS[1]}: the figures shown"
    dashboard.locator("#chart .mark-symbol path").last.hover()
    expect(dashboard.locator("#vg-tooltip-element")).to_contain_text(HOSTILE_AREAS[1])
    assert dashboard.evaluate("window.ran") is None
    assert dashboard.locator("img").count() == 0


def test_the_policy_lets_a_page_run_and_fetch_nothing_else(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/{DASHBOARDS[0]}")
    refused = page.evaluate("""async () => {
        const refused = [];
        document.addEventListener('securitypolicyviolation', (event) => refused.push(event.effectiveDirective));
        const script = document.createElement('script');
        script.textContent = 'window.ran = true';
        document.body.append(script);
        await fetch('index.html').catch(() => null);
        const image = new Image();
        const settled = new Promise((resolve) => { image.onerror = resolve; });
        image.src = 'x.png';
        await settled;
        try {
            new Function('window.ran = true')();
        } catch (error) {
            refused.push(error.name);
        }
        return refused;
    }""")
    assert refused == ["script-src-elem", "connect-src", "img-src", "EvalError"]
    assert page.evaluate("window.ran") is None
    page.close()


def test_a_break_is_drawn_within_the_periods_shown(dashboard: Page) -> None:
    select(dashboard, measure="Violence with injury", area="Metropolitan Police area")
    note, rules = dashboard.locator("#chart-note"), dashboard.locator("#chart .mark-rule.role-mark line")
    expect(note).to_contain_text("Break in March 2024 (dotted line): figures on either side are not like for like.")
    expect(rules).to_have_count(1)
    select(dashboard, **{"from": "12 months to June 2025"})
    expect(note).not_to_contain_text("Break")
    expect(rules).to_have_count(0)
    select(dashboard, measure=HOSTILE_MEASURE)
    expect(note).not_to_contain_text("Break")


@pytest.mark.parametrize("width", [390, 1400])
def test_captions_stay_within_the_window(browser: Browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{address}/{PLAN}/2026-Q1.r2/index.html")
    page.locator("details").evaluate_all("(all) => all.forEach((each) => { each.open = true; })")
    ends = page.locator("caption span").evaluate_all("(all) => all.map((each) => each.getBoundingClientRect().right)")
    assert ends
    assert max(ends) <= width
    page.close()


def test_a_selection_without_figures_says_so(dashboard: Page) -> None:
    select(dashboard, measure=HOSTILE_MEASURE, area="Ash", to="12 months to March 2026")
    select(dashboard, **{"from": "12 months to March 2026"})
    expect(dashboard.locator("#chart-note")).to_have_text("There is no figure to draw in this selection.")
    expect(dashboard.locator("#chart")).to_be_hidden()
    assert [line["Figure"] for line in table_of(dashboard)] == ["[p]"]


def test_the_rows_shown_are_downloaded_as_csv_that_is_safe_to_open(dashboard: Page) -> None:
    select(dashboard, measure="Violence with injury", area="Every area, in one period")
    with dashboard.expect_download() as download:
        dashboard.get_by_role("button", name="Download").press("Enter")
    assert download.value.suggested_filename == "borough-performance-2026-Q1.r2.csv"
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shown = table_of(dashboard)
    assert [row["Area"].removeprefix("'") for row in rows] == [line["Area"] for line in shown]
    assert "'=1+1" in {row["Area"] for row in rows}
    assert [f"{float(row['Figure']):,.0f}" for row in rows] == [line["Figure"] for line in shown]
    assert {row["Change"] for row in rows} == {"-3.8"}  # a number stays one


def test_without_javascript_a_page_leads_to_the_figures(visit: Opener, address: str) -> None:
    page = visit(f"{address}/{DASHBOARDS[0]}", java_script_enabled=False)
    expect(page.locator("#board")).to_be_hidden()
    links = page.locator("noscript a")
    assert links.evaluate_all("(links) => links.map((link) => link.getAttribute('href'))") == [
        "index.html",
        f"{BOROUGHS}.csv",
    ]
