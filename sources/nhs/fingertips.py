"""OHID Fingertips download: one layout for every public-health indicator.

A row is indicator x area x sex x age x category x time period, with the published value, its limits, count and
denominator. The scope is the indicator and the area type, since a download holds only those asked for. The header
has one field more than the rows; the name of column 23 follows the parent area type. A blank value is explained
in `Value note` (the City of London is counted with Hackney), and stays blank: it is never zero.
"""

import re
from datetime import timedelta

import pandera.polars as pa
import polars as pl

from sources.feed import Cadence, Feed, History, Layout
from sources.readers import Csv

_COMPARED = re.compile(r"Compared to .+")
_NUMBERS = {
    "Value": "value",
    "Lower CI 95.0 limit": "lower_95",
    "Upper CI 95.0 limit": "upper_95",
    "Count": "count",
    "Denominator": "denominator",
}
# A cast alone would also read `nan`, `inf` and `1_0`.
_NUMBER = """case when regexp_full_match("{0}", '-?[0-9]{{1,15}}([.][0-9]+)?([eE][-+]?[0-9]{{1,2}})?')
                  then "{0}"::double end"""
_READ = ", ".join(f"{_NUMBER.format(column)} as {name}" for column, name in _NUMBERS.items())
_UNREAD = ", ".join(
    f"""case when "{column}" is not null and ({_NUMBER.format(column)}) is null
             then '{column} is "' || "{column}" || '"' end"""
    for column in _NUMBERS
)
# `2016`, `2015/16`, and pooled `2015 - 17`, `2020/21 - 22/23`: a slash makes financial years, a dash a span.
_FIRST_YEAR = "try_cast(regexp_extract(\"Time period\", '^([0-9]{4})', 1) as int)"
_SPAN = """case when regexp_full_match("Time period", '[0-9]{4}(/[0-9]{2})?') then 1
                when regexp_full_match("Time period", '[0-9]{4}(/[0-9]{2})? - [0-9]{2}(/[0-9]{2})?')
                then (regexp_extract("Time period", ' - ([0-9]{2})', 1)::int - first_year % 100 + 100) % 100 + 1 end"""

FEED = Feed(
    name="nhs_fingertips",
    source="nhs",
    title="Public health profiles (Fingertips): indicator download",
    publisher="Office for Health Improvement and Disparities",
    address="https://fingertips.phe.org.uk",
    licence="OGL-UK-3.0",
    file_names=(re.compile(r"indicators-.+\.data\.csv"),),
    cadence=Cadence.FINANCIAL_YEARLY,
    lag=timedelta(days=430),
    layouts=(
        Layout(
            name="fingertips-26",
            header=(
                "Indicator ID",
                "Indicator Name",
                "Parent Code",
                "Parent Name",
                "Area Code",
                "Area Name",
                "Area Type",
                "Sex",
                "Age",
                "Category Type",
                "Category",
                "Time period",
                "Value",
                "Lower CI 95.0 limit",
                "Upper CI 95.0 limit",
                "Lower CI 99.8 limit",
                "Upper CI 99.8 limit",
                "Count",
                "Denominator",
                "Value note",
                "Recent Trend",
                "Compared to England value or percentiles",
                _COMPARED,
                "Time period Sortable",
                "New data",
                re.compile(r"Compared to goal|Target data"),
            ),
            reader=Csv(fields=25),
            tidy=f"""
                select row, trim("Indicator ID") || ' ' || trim("Area Type") as scope,
                       {_FIRST_YEAR} as first_year, {_SPAN} as years,
                       if(contains("Time period", '/'), make_date(first_year, 4, 1), make_date(first_year, 1, 1))
                           as period_start,
                       (period_start + to_years(years) - interval 1 day)::date as period_end,
                       trim("Indicator ID") as indicator_id,
                       trim(regexp_replace("Indicator Name", '\\s+', ' ', 'g')) as indicator_name,
                       trim("Area Code") as area_code, trim("Area Name") as area_name,
                       trim(Sex) as sex, trim(Age) as age,
                       trim("Category Type") as category_type, trim(Category) as category, {_READ},
                       "Value note" as value_note,
                       coalesce(
                           case when period_end is null
                                then 'Time period is "' || coalesce("Time period", '') || '"' end,
                           {_UNREAD}) as unread
                from raw
            """,  # noqa: S608
        ),
    ),
    schema=pa.DataFrameSchema(
        {
            "scope": pa.Column(pl.String),
            "period_start": pa.Column(pl.Date),
            "period_end": pa.Column(pl.Date),
            "indicator_id": pa.Column(pl.String, pa.Check.str_matches(r"^\d+$", error="the indicator is not a number")),
            "indicator_name": pa.Column(pl.String),
            "area_code": pa.Column(
                pl.String,
                pa.Check.str_matches(r"^[A-Z]\d{8}$|^nE\d+$|^U\d+$", error="the area code is malformed"),
            ),
            "area_name": pa.Column(pl.String),
            "sex": pa.Column(pl.String),
            "age": pa.Column(pl.String),
            "category_type": pa.Column(pl.String, nullable=True),
            "category": pa.Column(pl.String, nullable=True),
            "value": pa.Column(pl.Float64, pa.Check.ge(0, error="the value is negative"), nullable=True),
            "lower_95": pa.Column(pl.Float64, nullable=True),
            "upper_95": pa.Column(pl.Float64, nullable=True),
            "count": pa.Column(pl.Float64, pa.Check.ge(0, error="the count is negative"), nullable=True),
            "denominator": pa.Column(pl.Float64, nullable=True),
            "value_note": pa.Column(pl.String, nullable=True),
        },
        checks=[
            pa.Check(
                lambda data: data.lazyframe.select(
                    pl.col("value").is_null()
                    | pl.col("lower_95").is_null()
                    | (pl.col("lower_95") <= pl.col("value")) & (pl.col("value") <= pl.col("upper_95"))
                ),
                error="the value lies outside its limits",
            ),
            pa.Check(
                lambda data: data.lazyframe.select(pl.col("value").is_not_null() | pl.col("value_note").is_not_null()),
                error="a blank value has no note that explains it",
            ),
        ],
        unique=[
            "scope",
            "area_code",
            "sex",
            "age",
            "category_type",
            "category",
            "period_start",
            "period_end",
        ],
        strict=True,
    ),
    history=History(total="sum(count)", moves=0.05, contiguous=False),  # pooled periods overlap
    awaited=True,
)
