"""Files that suppliers would send on the templates: each restates its last two years and a quarter.

No supplier has sent one yet. Levels are of the size of what public documents quote; the groups' distances are made up.
"""

import math
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from sources.sample.files import PublishedFile, csv_text
from sources.sample.truth import BOROUGHS, first_day, generator, last_day, month_number
from sources.suppliers import FORCE, TEMPLATES, UNKNOWN, WHOLE, Supplied, Template

MONTHS = 27
"""Two years and a quarter: the last four quarters and the four before them, however the file is cut."""

NOTE = "Synthetic"
DESIGN_EFFECT = {"mps_culture_survey": 1.0, "mopac_victim_satisfaction": 1.2, "mopac_survey_groups": 1.5}

SURVEYS = {
    "pas_trust_mps": (73, 19_200), "pas_good_job": (46, 19_200), "pas_listen": (54, 19_200),
    "pas_relied_on": (57, 19_200), "pas_fair": (65, 19_200), "pas_understand": (55, 19_200),
    "pas_informed": (29, 19_200), "pas_contact_officer": (13, 19_200), "pas_changing_better": (52, 19_200),
    "pas_priority_asb": (23, 19_200), "pas_priority_knife_gun": (70, 19_200), "pas_priority_drugs": (38, 19_200),
    "pas_cjs_confidence": (50, 4_800), "victim_satisfaction": (62, 2_400), "victim_satisfaction_online": (38, 3_000),
    "victim_satisfaction_vuln_met": (76, 700), "victim_satisfaction_vuln_unmet": (19, 260),
    "culture_survey": (58, 12_500),
}  # fmt: skip
"""London's per cent and base."""

COUNTS = {
    "complaints": (2_900, None), "conduct_matters": (420, None), "misconduct_outcomes": (95, None),
    "calls_999_within_10s": (152_000, 198_000), "calls_101_abandoned": (31_000, 172_000), "asb_calls": (21_500, None),
    "knife_enabled_robbery": (780, None), "repeat_victimisation": (61_000, 488_000), "iom_reoffending": (1_150, 2_600),
    "vru_opportunities": (400_000, None), "vru_opportunities_added": (16_000, None),
}  # fmt: skip
"""London's figure of one period, and what it is divided by."""

BUDGET = 3_500_000_000

GROUPS: dict[str, dict[str, tuple[float, float]]] = {
    "sex": {"female": (0.51, 1), "male": (0.49, -1)},
    "ethnicity": {
        "asian": (0.20, 3), "black": (0.13, -9), "mixed": (0.05, -10), "other": (0.04, -2), "white": (0.58, 2),
    },
    "disability": {"disabled": (0.16, -6), "not disabled": (0.84, 1)},
}  # fmt: skip
"""Characteristic: group: share of the whole, and points by which its answers lie apart."""

GROUPED = (
    "pas_trust_mps", "pas_good_job", "pas_fair", "victim_satisfaction", "culture_survey",
    "complaints", "conduct_matters", "misconduct_outcomes",
)  # fmt: skip


def published(as_of: date, seed: int) -> list[PublishedFile]:
    """Return the latest file of each template that was out on `as_of`."""
    files = []
    for template in TEMPLATES:
        last = month_number(as_of)
        while (last - 2) % template.every or last_day(last) + template.lag > as_of:
            last -= 1
        files.append(
            PublishedFile(
                f"{template.name}_{last_day(last):%Y-%m}.csv",
                last_day(last) + template.lag,
                written(template, last, seed, months=MONTHS),
            )
        )
    return files


def written(template: Template, last: int, seed: int, *, months: int) -> bytes:
    """Return a filled-in template of the periods that end in the `months` to the month `last`."""
    ends = range(last - (months - 1) // template.every * template.every, last + 1, template.every)
    rows = [row for end in ends for measure in template.measures for row in _rows(template, measure, end, seed)]
    return csv_text([template.header, *rows]).encode("ascii")


def _rows(template: Template, measure: Supplied, end: int, seed: int) -> Iterator[Sequence[object]]:
    length = measure.months[0]
    period = (measure.name, first_day(end - length + 1), last_day(end))
    for area, share in _areas(measure):
        whole = _whole(template, measure, end, seed, area, share)
        yield (*period, area, WHOLE, WHOLE, *whole, "", NOTE)
        for characteristic, groups in GROUPS.items() if measure.name in GROUPED else ():
            apart = generator(seed, "supplied", measure.name, characteristic, end).normal(size=len(groups))
            for group, figures in _divided(template, measure, whole, groups, apart).items():
                cells = (*figures, "") if figures else (*[""] * len(whole), "c")
                yield (*period, area, characteristic, group, *cells, NOTE)


def _areas(measure: Supplied) -> list[tuple[str, float]]:
    if measure.areas != "parts":
        return [(FORCE, 1.0)]
    weights = {**{name: residents * (street + 20) for name, (residents, street, _) in BOROUGHS.items()}, UNKNOWN: 2e5}
    return [(name, weight / sum(weights.values())) for name, weight in weights.items()]


def _whole(template: Template, measure: Supplied, end: int, seed: int, area: str, share: float) -> tuple[object, ...]:
    draw = generator(seed, "supplied", measure.name, area, end)
    if template.shape == "survey":
        per_cent, base = SURVEYS[measure.name]
        answers = int(draw.poisson(base))
        return round(per_cent + 0.9 * float(draw.normal()), 1), answers, DESIGN_EFFECT[template.name]
    if template.shape == "finance":
        over = float(draw.normal(0.004, 0.004))
        judgement = "green" if over < 0.002 else "amber" if over < 0.008 else "red"
        return round(BUDGET * (1 + over), -5), BUDGET, judgement, "Chief Finance Officer"
    number, of = COUNTS[measure.name]
    if measure.kind == "level":  # it has grown by as much a quarter as is added in one
        return number - 16_000 * (month_number(date(2026, 3, 1)) - end) // 3, ""
    count = int(draw.poisson(number * share))
    return count, "" if of is None else count + int(draw.poisson(of - number))


def _divided(
    template: Template,
    measure: Supplied,
    whole: Sequence[object],
    groups: dict[str, tuple[float, float]],
    apart: NDArray[np.float64],
) -> dict[str, tuple[object, ...] | None]:
    """Return each group's figures, or none where they may not be sent."""
    if template.shape == "survey":
        per_cent, base, effect = (float(str(cell)) for cell in whole)
        sizes = {group: round(base * share) for group, (share, _) in groups.items()}
        return {
            group: (round(per_cent + groups[group][1] + float(error), 1), size, effect)
            if size >= measure.least_in_group
            else None
            for (group, size), error in zip(sizes.items(), apart, strict=True)
        }
    counts = {group: math.floor(int(str(whole[0])) * share) for group, (share, _) in groups.items()}
    by_size = sorted(counts, key=counts.__getitem__)
    hidden = {group for group in by_size if 0 < counts[group] < measure.least_in_group}
    if len(hidden) == 1:  # alone it could be worked out from the whole
        hidden = set(by_size[:2])
    return {group: None if group in hidden else (count, "") for group, count in counts.items()}
