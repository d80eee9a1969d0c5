"""Where the publishers' own files are, for the tests that read them; nothing of them is kept here."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
EXTRACTS = Path(os.environ.get("OVERSIGHT_EXTRACTS") or CHECKOUT.parent / "shared" / "extracts")

requires_extracts = pytest.mark.skipif(
    not EXTRACTS.is_dir(), reason=f"there is no folder of publishers' files at {EXTRACTS} (OVERSIGHT_EXTRACTS)"
)


def knife_crime() -> bytes:
    """Return the knife crime file to February 2026 as the CSV it is published as; the copy held is in Parquet."""
    with TemporaryDirectory() as folder, duckdb.connect() as con:
        target = Path(folder) / "knife.csv"
        con.execute(
            f"""
            copy (
                select strftime(month_year, '%d/%m/%Y') as "Month_Year", area_type as "Area Type",
                       borough_snt as "Borough_SNT", area_name as "Area name", area_code as "Area code",
                       crime_type as "Crime Type", crime_subtype as "Crime Subtype", measure as "Measure",
                       financial_year as "Financial Year", fy_fyindex as "FY_FYIndex", count as "Count",
                       strftime(refresh_date, '%d/%m/%Y') as "Refresh Date"
                from read_parquet(?)
            ) to '{target}' (header)
            """,
            [str(EXTRACTS / "mps/monthly_crime_dashboard/2026-02/monthly-crime-dashboard.parquet")],
        )
        return target.read_bytes()
