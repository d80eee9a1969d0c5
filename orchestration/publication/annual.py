"""The annual report: what a product's four releases of a financial year said, and what of it stands now.

It belongs to the release of the quarter that ends the year, and is made from that draft and from the sealed bundles of
the releases before it, which the release names by their seals. It chooses figures, and computes none.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import pandas as pd

from orchestration.publication.ledger import Stage
from orchestration.publication.names import year_ended
from orchestration.publication.page import LOCAL_TIME, Said, render, speaker
from orchestration.publication.selection import current, headline_rows, records
from orchestration.publication.wording import Row

if TYPE_CHECKING:
    from orchestration.publication.draft import Draft

REPORT = "annual-report.html"
FIGURES = "annual-figures"


@dataclass(frozen=True)
class Course:
    """A headline figure of the year's end, and what each quarter's release said of the measure."""

    said: Said
    quarters: list[Row]


def annual_figures(draft: "Draft") -> pd.DataFrame:
    """The headline figures of each release of the year as it published them, with what stands in their place now."""
    said = draft.frames["year"]
    by_release = said.groupby("published_in", sort=True)
    chosen = [row for _, rows in by_release for row in headline_rows(rows, draft.product.headline)]
    return pd.DataFrame(chosen, columns=said.columns).astype(said.dtypes)


def render_annual(draft: "Draft", *, release: str, released_at: datetime, correction: str) -> str:
    """Render the report."""
    quarters = year_ended(draft.quarter)
    standing = {each.bundle.quarter for each in draft.earlier if each.stage is Stage.published} | {draft.quarter}
    return render(
        "annual.html.j2",
        product=draft.product,
        release=release,
        year=f"{quarters[0][:4]}/{draft.quarter[2:4]}",
        quarters=quarters,
        missing=[quarter for quarter in quarters if quarter not in standing],
        released_at=released_at.astimezone(LOCAL_TIME),
        as_of=draft.as_of,
        synthetic=draft.synthetic,
        correction=correction,
        earlier=draft.earlier,
        courses=_courses(draft),
    )


def _courses(draft: "Draft") -> list[Course]:
    """For each headline figure what was said of its measure, the oldest first."""
    same = ("measure_id", "area_code", "group_id", "time_window")
    said, figures = speaker(draft), records(annual_figures(draft))
    return [
        Course(said(row), [figure for figure in figures if all(figure[name] == row[name] for name in same)])
        for row in headline_rows(current(draft.frames["rows"]), draft.product.headline)
    ]
