"""Templates for what nobody publishes as a table: one shape, which a supplier of the figures fills in and sends.

A template is a declaration of a few lines: which measures it takes, over which periods and areas, and from how many
people on a figure may be sent. Feed, guide (`docs/suppliers`, written by `sources.guides`) and example follow from it,
so that they cannot drift apart. The first column is called by the template and its version and names the measure, so
that no two templates, and no two versions, have one header: version 2 will be one more layout.

The supplier keeps to the disclosure rule before sending: a cell below it comes blank with the status `c`, and a file
with a number below it is refused. Shares of the past, windows and groups are stated row by row, never meant.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.mps.places import BOROUGHS
from sources.readers import Csv

VERSION = 1

FORCE = "MPS"
UNKNOWN = "Unknown"
"""What happened in the MPS area in no borough that is known: the parts sum to the force."""

WHOLE = "all"
CHARACTERISTICS = (
    "age", "care experience", "disability", "ethnicity", "religion", "sex", "sexual orientation", "vulnerability",
)  # fmt: skip
_CHARACTERISTIC = f"({'|'.join(CHARACTERISTICS)})"

SYMBOLS = {
    "c": "confidential: below the disclosure rule, or suppressed so that another such cell cannot be worked out",
    "x": "not available: not asked, not counted, or not yet known",
}
BELOW = "below the disclosure rule: send the cell blank with the status c"
JUDGEMENTS = ("green", "amber", "red")

Shape = Literal["counts", "survey", "finance"]
FIGURES: dict[Shape, tuple[str, ...]] = {
    "counts": ("numerator", "denominator"),
    "survey": ("per_cent", "base", "design_effect"),
    "finance": ("forecast_outturn", "budget"),
}
"""Columns of the file that hold figures. They land as `value`, `base` and `design_effect`, in this order."""

TEXTS: dict[Shape, tuple[str, ...]] = {"counts": (), "survey": (), "finance": ("judgement", "assessor")}


@dataclass(frozen=True)
class Supplied:
    """A measure as a template takes it.

    Args:
        name: as in the registry of measures.
        what: what the figure is, in words for the supplier.
        kind: a `flow` adds up over months, a `cohort` is counted once over its whole period, a `survey` is a weighted
            share of respondents, a `level` stands on the last day of its period.
        months: the periods that are taken, by their length; the measure is shown for the first of them.
        areas: the force; the force and its boroughs, which do not add up; or the parts, which do and leave it out.
        of: what `denominator` counts, where there is one.
        least: the smallest number of people (of a survey, of respondents) a figure is sent for.
        least_in_group: the same where the figure is for a group; of a share, those counted and those not counted.
    """

    name: str
    what: str
    kind: Literal["flow", "cohort", "survey", "level"]
    months: tuple[int, ...]
    areas: Literal["force", "force and boroughs", "parts"] = "force"
    of: str | None = None
    least: int = 0
    least_in_group: int = 0


@dataclass(frozen=True)
class Template:
    """A feed that a supplier fills in. `every` is the months from one period's end to the next."""

    name: str
    title: str
    publisher: str
    address: str
    cadence: Cadence
    every: int
    lag: timedelta
    shape: Shape
    measures: tuple[Supplied, ...]
    moves: float

    @property
    def header(self) -> tuple[str, ...]:
        """The exact header of the file."""
        return (
            f"{self.name} v{VERSION}",
            *("period_start", "period_end", "area", "characteristic", "group"),
            *FIGURES[self.shape],
            *TEXTS[self.shape],
            *("status", "note"),
        )

    def feed(self) -> Feed:
        """Return the feed of the template."""
        return Feed(
            name=self.name,
            source=self.name.partition("_")[0],
            title=self.title,
            publisher=self.publisher,
            address=self.address,
            licence="as agreed with the supplier; nothing is published",
            file_names=(re.compile(rf"{self.name}.*\.csv"),),
            cadence=self.cadence,
            lag=self.lag,
            layouts=(
                Layout(name=f"v{VERSION}", header=self.header, reader=Csv(), tidy=_tidy(self), seen="documentation"),
            ),
            schema=_schema(self),
            history=History(
                total=f"sum(value) filter (characteristic = '{WHOLE}')", moves=self.moves, every_months=self.every
            ),
        )


def _tidy(template: Template) -> str:
    figures, texts = FIGURES[template.shape], TEXTS[template.shape]
    numbers = dict(zip(("value", "base", "design_effect"), (*figures, *["null"] * (3 - len(figures))), strict=True))
    days = {name: _day(name) for name in ("period_start", "period_end")}
    read = ", ".join(f"{_number(column)} as {name}" for name, column in numbers.items())
    unread = ", ".join(
        f"""case when said.{column} is not null and tidied.{name} is null
                 then '{column} is "' || said.{column} || '"' end"""
        for name, column in numbers.items()
        if column != "null"
    )
    undated = ", ".join(
        f"""case when tidied.{name} is null then '{name} is "' || coalesce(said.{name}, '') || '"' end"""
        for name in days
    )
    kinds = " ".join(f"when '{measure.name}' then '{measure.kind}'" for measure in template.measures)
    return f"""
        with said as (
            select * exclude ("{template.header[0]}", area, characteristic, "group"),
                   trim("{template.header[0]}") as measure, trim(area) as area_name,
                   lower(trim(characteristic)) as characteristic, lower(trim("group")) as group_name
            from raw
        ),
        tidied as (
            select row, {days["period_start"]} as period_start, {days["period_end"]} as period_end, {read} from said
        )
        select said.row, date_diff('month', tidied.period_start, tidied.period_end) + 1 as months,
               measure || '/' || months || ' months' as scope, tidied.period_start, tidied.period_end, measure,
               case measure {kinds} end as kind, area_name, characteristic, group_name,
               tidied.value, tidied.base, tidied.design_effect, {"".join(f"trim({text}) as {text}, " for text in texts)}
               status as symbol, note, coalesce({undated}, {unread}) as unread
        from said
        inner join tidied using (row)
    """  # noqa: S608 - literals of this module


def _day(column: str) -> str:
    return f"""try_strptime(case when regexp_full_match({column}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')
                                 then {column} end, '%Y-%m-%d')::date"""


def _number(column: str) -> str:
    return f"case when regexp_full_match({column}, '[0-9]{{1,12}}([.][0-9]{{1,6}})?') then {column}::double end"


def _schema(template: Template) -> pa.DataFrameSchema:
    names = [measure.name for measure in template.measures]
    text = pa.Column(pl.String)
    return pa.DataFrameSchema(
        {
            "scope": text,
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "months": pa.Column(pl.Int64),
            "measure": pa.Column(pl.String, pa.Check.isin(names, error="the measure is not one of this template")),
            "kind": pa.Column(pl.String, nullable=True),
            "area_name": text,
            "characteristic": pa.Column(
                pl.String,
                pa.Check.str_matches(
                    f"^({WHOLE}|{_CHARACTERISTIC}( and {_CHARACTERISTIC}){{0,2}})$",
                    error="the characteristic is not one of the guide's",
                ),
            ),
            "group_name": pa.Column(
                pl.String, pa.Check.str_matches("^[a-z0-9][a-z0-9+ _-]*$", error="the group is not in plain letters")
            ),
            "value": pa.Column(pl.Float64, nullable=True),
            "base": pa.Column(pl.Float64, nullable=True),
            "design_effect": pa.Column(
                pl.Float64, pa.Check.in_range(0.5, 10, error="a design effect is between 0.5 and 10"), nullable=True
            ),
            **{name: pa.Column(pl.String, nullable=True) for name in TEXTS[template.shape]},
            "symbol": pa.Column(
                pl.String, pa.Check.isin([*SYMBOLS], error=f"the status is none of {', '.join(SYMBOLS)}"), nullable=True
            ),
            "note": pa.Column(pl.String, nullable=True),
        },
        checks=[
            pa.Check(_selecting(rule), error=error)
            for error, rule in (*_ROWS.items(), *_periods_and_areas(template), *_shape_rules(template))
        ],
        unique=["scope", "period_end", "area_name", "characteristic", "group_name"],
        strict=True,
    )


def _selecting(rule: pl.Expr) -> Callable[[pa.PolarsData], pl.LazyFrame]:
    """Return the rule as pandera asks for it; what a rule cannot be asked of keeps it."""
    return lambda data: data.lazyframe.select(rule.fill_null(value=True))


_CELL = ("scope", "period_end", "area_name")
_STATED = pl.col("symbol").is_null()
_GROUPED = pl.col("characteristic") != WHOLE
_ROWS = {
    "a figure is blank without a status, or stands beside one": pl.col("value").is_null() != _STATED,
    "a base or design effect stands beside a status": _STATED
    | (pl.col("base").is_null() & pl.col("design_effect").is_null()),
    "the characteristic `all` has the group `all`, and no other has": (pl.col("group_name") == WHOLE) != _GROUPED,
    "the whole, `all`, is missing beside its groups": (~_GROUPED).any().over(_CELL),
}


def _of(values: dict[str, int]) -> pl.Expr:
    """Return an expression of what is declared of each row's measure."""
    return pl.col("measure").replace_strict(list(values), list(values.values()), default=None, return_dtype=pl.Int64)


def _periods_and_areas(template: Template) -> list[tuple[str, pl.Expr]]:
    start, end, area = pl.col("period_start"), pl.col("period_end"), pl.col("area_name")
    taken = {measure.name: [*measure.months] for measure in template.measures}
    named = {
        "force": [FORCE], "force and boroughs": [FORCE, *BOROUGHS], "parts": [*BOROUGHS, UNKNOWN],
    }  # fmt: skip
    length = pl.any_horizontal(
        (pl.col("measure") == name) & pl.col("months").is_in(months) for name, months in taken.items()
    )
    placed = pl.any_horizontal(
        (pl.col("measure") == measure.name) & area.is_in(named[measure.areas]) for measure in template.measures
    )
    parts = [measure.name for measure in template.measures if measure.areas == "parts"]
    whole = area.n_unique().over("scope", "period_end") == len(named["parts"])
    return [
        ("the period is not of whole months", (start == start.dt.month_start()) & (end == end.dt.month_end())),
        ("the period is not as long as the guide says", length),
        (
            f"the period does not end with one of {template.every} months of the financial year",
            (end.dt.month() - 3) % template.every == 0,
        ),
        ("the area is not one that the guide names for the measure", placed),
        (
            f"an area is missing: this measure comes for each borough and {UNKNOWN}",
            ~pl.col("measure").is_in(parts) | whole,
        ),
    ]


def _shape_rules(template: Template) -> list[tuple[str, pl.Expr]]:
    value, base = pl.col("value"), pl.col("base")
    of = {measure.name: int(measure.of is not None) for measure in template.measures}
    least = (
        pl.when(_GROUPED)
        .then(_of({measure.name: measure.least_in_group for measure in template.measures}))
        .otherwise(_of({measure.name: measure.least for measure in template.measures}))
    )
    if template.shape == "survey":
        return [
            ("not between 0 and 100 per cent", value.is_between(0, 100)),
            ("the base is missing, or no whole number", ~_STATED | (base.is_not_null() & (base == base.floor()))),
            ("the design effect is missing", ~_STATED | pl.col("design_effect").is_not_null()),
            (f"the base is {BELOW}", base >= least),
        ]
    if template.shape == "finance":
        return [
            ("the budget is missing", ~_STATED | base.is_not_null()),
            (f"the judgement is none of {', '.join(JUDGEMENTS)}", pl.col("judgement").is_in(JUDGEMENTS)),
            ("a judgement has no assessor", pl.col("assessor").is_not_null() & (pl.col("assessor") != "")),
        ]
    rest = base - value
    alone = (pl.col("symbol") == "c").fill_null(value=False)
    return [
        ("no whole number", (value == value.floor()) & (base.is_null() | (base == base.floor()))),
        (
            "the denominator is missing, or the measure has none",
            ~_STATED | (base.is_not_null() == (_of(of) == 1)),
        ),
        ("the numerator is above the denominator", rest >= 0),
        (f"a count is {BELOW}", (value == 0) | (value >= least)),
        (f"the number of those not counted is {BELOW}", (rest == 0) | (rest >= least)),
        (
            "one group alone is suppressed and can be worked out from the whole: suppress a second one",
            ~(_GROUPED & alone) | (alone.sum().over(*_CELL, "characteristic") != 1),
        ),
    ]


MOPAC = "Mayor's Office for Policing and Crime"
MPS = "Metropolitan Police Service"
MOPAC_PAGE = "https://www.london.gov.uk/programmes-strategies/mayors-office-policing-and-crime-mopac"
MPS_PAGE = "https://www.met.police.uk/sd/stats-and-data/"


def _survey(name: str, what: str, *months: int, boroughs: bool = True, least: int = 50) -> Supplied:
    areas: Literal["force", "force and boroughs"] = "force and boroughs" if boroughs else "force"
    return Supplied(name, what, "survey", months, areas, least=least, least_in_group=least)


TEMPLATES: Sequence[Template] = (
    Template(
        name="mopac_survey_groups",
        title="Public Attitude Survey by protected characteristic",
        publisher=MOPAC,
        address=MOPAC_PAGE,
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=45),
        shape="survey",
        measures=(
            _survey("pas_trust_mps", "agree that the MPS is an organisation they can trust", 12, 3),
            _survey("pas_good_job", "say that the police do an excellent or good job in their area", 12, 3),
            _survey("pas_listen", "agree that the police listen to the concerns of local people", 12, 3),
            _survey("pas_relied_on", "agree that the police can be relied on to be there when needed", 12, 3),
            _survey("pas_fair", "agree that the police treat everyone fairly, whoever they are", 12, 3),
            _survey("pas_understand", "agree that the police understand the issues that affect the community", 12, 3),
            _survey("pas_informed", "feel well informed about what the police do locally", 12, 3),
            _survey("pas_contact_officer", "know how to contact their ward officer", 12, 3),
            _survey("pas_changing_better", "agree that the MPS is changing for the better", 12, 3),
            _survey("pas_priority_asb", "place antisocial behaviour among their top three priorities", 12, 3),
            _survey("pas_priority_knife_gun", "place knife and gun crime among their top three priorities", 12, 3),
            _survey("pas_priority_drugs", "place drugs among their top three priorities", 12, 3),
            _survey("pas_cjs_confidence", "are confident in the wider criminal justice system", 12, 3),
        ),
        moves=0.05,
    ),
    Template(
        name="mopac_victim_satisfaction",
        title="User Satisfaction Survey (by telephone) and Online Victim Satisfaction Survey",
        publisher=MOPAC,
        address=MOPAC_PAGE,
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=45),
        shape="survey",
        measures=(
            _survey(
                "victim_satisfaction",
                "are completely, very or fairly satisfied with the service; asked by telephone (USS)", 3, 12,
            ),
            _survey(
                "victim_satisfaction_online",
                "are completely, very or fairly satisfied with the service; asked online (OVSS), where crimes "
                "reported by telephone or online are asked about: another instrument, never on one line with the USS",
                3, 12,
            ),
            _survey(
                "victim_satisfaction_vuln_met",
                "are satisfied, among those who say that their vulnerability was identified and their needs met (USS)",
                3, 12, boroughs=False,
            ),
            _survey(
                "victim_satisfaction_vuln_unmet",
                "are satisfied, among those who say that their vulnerability was identified but not catered for (USS)",
                3, 12, boroughs=False,
            ),
        ),
        moves=0.05,
    ),
    Template(
        name="mps_culture_survey",
        title="Staff survey of the MPS: culture items",
        publisher=MPS,
        address=MPS_PAGE,
        cadence=Cadence.HALF_YEARLY,
        every=6,
        lag=timedelta(days=90),
        shape="survey",
        measures=(
            _survey(
                "culture_survey", "of the staff agree with the culture items of the survey", 6, boroughs=False, least=10
            ),
        ),
        moves=0.05,
    ),
    Template(
        name="mopac_complaints",
        title="Complaints, conduct matters and misconduct outcomes",
        publisher=MOPAC,
        address=MOPAC_PAGE,
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=90),
        shape="counts",
        measures=(
            Supplied("complaints", "complaint cases of the public recorded in the quarter; groups are of complainants",
                     "flow", (3,), least_in_group=5),
            Supplied("conduct_matters", "conduct matters recorded in the quarter; groups are of officers and staff",
                     "flow", (3,), least=5, least_in_group=5),
            Supplied("misconduct_outcomes",
                     "officers and staff for whom misconduct or gross misconduct was proven in the quarter",
                     "flow", (3,), least=5, least_in_group=5),
        ),
        moves=0.2,
    ),
    Template(
        name="mps_call_handling",
        title="Calls to the MPS: answering of 999 and 101, and calls about antisocial behaviour",
        publisher=MPS,
        address=MPS_PAGE,
        cadence=Cadence.MONTHLY,
        every=1,
        lag=timedelta(days=21),
        shape="counts",
        measures=(
            Supplied("calls_999_within_10s", "999 calls answered within 10 seconds", "flow", (1,),
                     of="999 calls presented"),
            Supplied("calls_101_abandoned", "101 calls that the caller abandoned before an answer", "flow", (1,),
                     of="101 calls presented"),
            Supplied("asb_calls", "calls about antisocial behaviour", "flow", (1,), "parts"),
        ),
        moves=0.05,
    ),
    Template(
        name="mps_knife_enabled_robbery",
        title="Robbery with a knife flag",
        publisher=MPS,
        address=MPS_PAGE,
        cadence=Cadence.MONTHLY,
        every=1,
        lag=timedelta(days=21),
        shape="counts",
        measures=(
            Supplied("knife_enabled_robbery", "robbery offences recorded in the month in which a knife was used to "
                     "injure or threaten", "flow", (1,), "parts"),
        ),
        moves=0.15,
    ),
    Template(
        name="mps_repeat_victimisation",
        title="Repeat victimisation",
        publisher=MPS,
        address=MPS_PAGE,
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=90),
        shape="counts",
        measures=(
            Supplied("repeat_victimisation", "people who were victims of two or more victim-based crimes in the twelve "
                     "months", "cohort", (12,), "force and boroughs", of="people who were victims at all in them",
                     least=5, least_in_group=5),
        ),
        moves=0.1,
    ),
    Template(
        name="mopac_iom_reoffending",
        title="Integrated Offender Management: reoffending of the cohort",
        publisher=MOPAC,
        address=MOPAC_PAGE,
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=90),
        shape="counts",
        measures=(
            Supplied("iom_reoffending", "offenders of the cohort who reoffended in the twelve months", "cohort", (12,),
                     "force and boroughs", of="offenders in the cohort", least=5, least_in_group=5),
        ),
        moves=0.2,
    ),
    Template(
        name="mopac_vru",
        title="Violence Reduction Unit: opportunities for children and young adults",
        publisher=MOPAC,
        address="https://www.london.gov.uk/programmes-strategies/communities-and-social-justice/violence-reduction-unit",
        cadence=Cadence.QUARTERLY,
        every=3,
        lag=timedelta(days=60),
        shape="counts",
        measures=(
            Supplied("vru_opportunities", "cumulative: opportunities funded since 2019, as they stand at the end of "
                     "the quarter", "level", (3,), least_in_group=5),
            Supplied("vru_opportunities_added", "incremental: opportunities funded in the quarter alone", "flow", (3,),
                     least_in_group=5),
        ),
        moves=0.1,
    ),
    Template(
        name="mopac_finance",
        title="Monthly judgement of the risk of overspending",
        publisher=MOPAC,
        address=MOPAC_PAGE,
        cadence=Cadence.MONTHLY,
        every=1,
        lag=timedelta(days=45),
        shape="finance",
        measures=(
            Supplied("finance_overspend_risk", "forecast outturn of the MPS for the financial year, in pounds, as "
                     "judged at the end of the month", "level", (1,),
                     of="the year's budget, in pounds, as it stood then"),
        ),
        moves=0.01,
    ),
)  # fmt: skip

FEEDS: tuple[Feed, ...] = tuple(template.feed() for template in TEMPLATES)
