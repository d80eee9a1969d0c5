"""Synthetic deliveries in the publishers' own layouts, to try Oversight without waiting for a publisher.

Layouts, calendars and quirks are the publishers'; the figures are drawn, calibrated to published totals, and
every side-car says so. Nothing here reads a file or knows how one is landed.
"""

import json
from datetime import date
from pathlib import Path

from sources.sample import (
    admitted_care,
    courts,
    custody,
    force_strength,
    forecast,
    home_office_crime,
    home_office_outcomes,
    home_office_use_of_force,
    home_office_workforce,
    homicide,
    knife_crime,
    lsoa_crime,
    moj,
    mopac,
    mps,
    nhs,
    ons,
    other_crime,
    police_uk,
    reoffending_by_offence,
    small_areas,
    stop_and_search,
    suppliers,
    tfl_bus_safety,
    tfl_crime,
    tfl_journeys,
    tfl_road_casualties,
    thorough_searches,
    vawg,
    ward_crime,
)
from sources.sample.files import PublishedFile
from sources.sample.tfl_crime import write_transport_crime

__all__ = ["write_deliveries", "write_transport_crime"]

NOTE = "Synthetic figures in the publisher's layout, calibrated to published totals. Not statistics."


def write_deliveries(folder: Path, *, as_of: date, seed: int = 20250328) -> list[Path]:
    """Write what the publishers would have out on `as_of` into `folder`, and return the files written.

    Beside each file lies `<file name>.delivery.json`, written first, so that whoever sees the file can read
    when it was published. A file's bytes depend on the seed and on what its publisher had out, not on the
    day: two dates between which a publisher issued nothing give the same bytes.

    Raises:
        ValueError: `as_of` is before 18 May 2025, when the recorded-crime files had other categories.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(folder, file)
        for source in (
            mps,
            ward_crime,
            lsoa_crime,
            knife_crime,
            other_crime,
            vawg,
            force_strength,
            custody,
            moj,
            courts,
            reoffending_by_offence,
            tfl_journeys,
            tfl_crime,
            nhs,
            admitted_care,
            mopac,
            homicide,
            tfl_road_casualties,
            tfl_bus_safety,
            home_office_crime,
            suppliers,
            stop_and_search,
            thorough_searches,
            ons,
            forecast,
            small_areas,
            police_uk,
            home_office_workforce,
            home_office_use_of_force,
            home_office_outcomes,
        )
        for file in source.published(as_of, seed)
    ]


def _write(folder: Path, file: PublishedFile) -> Path:
    side_car = {"published": file.published.isoformat(), "synthetic": True, "note": NOTE}
    _rename_into_place(folder / f"{file.name}.delivery.json", json.dumps(side_car, indent=2).encode() + b"\n")
    path = folder / file.name
    _rename_into_place(path, file.content)
    return path


def _rename_into_place(path: Path, content: bytes) -> None:
    hidden = path.with_name(f".{path.name}")  # inboxes pass over dot names: no half-written file is seen
    hidden.write_bytes(content)
    hidden.replace(path)
