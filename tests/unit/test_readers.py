"""Readers: encodings, records too long to be read, and workbooks that come through their counting unchanged."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sources.feed import Layout
from sources.mps.recorded_crime_borough import FEED as BOROUGH_CRIME
from sources.readers import RECORD_LIMIT, Csv, _last_end
from sources.recognise import recognise
from sources.report import Refusal
from sources.workbooks import bounded_copy
from tests.deliveries import borough_crime
from tests.extracts import EXTRACTS, requires_extracts

CSV = Csv()


def raw(path: Path, reader: Csv = CSV) -> list[tuple[object, ...]]:
    with duckdb.connect() as con:
        with reader.load(con, path, reader.header(path)):
            rows = con.execute("select * exclude row from raw order by row").fetchall()
        return rows


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-8"])
def test_encoding_that_a_layout_declares_is_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "file"
    path.write_bytes("a,b\r\n£5,Köln\r\n".encode(encoding))
    assert raw(path, Csv(encoding=encoding)) == [("£5", "Köln")]


def test_layout_of_another_encoding_is_tried(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(borough_crime().replace(b"BoroughName", b"Borough \xa3"))
    layout: Layout = replace(
        BOROUGH_CRIME.layouts[1],
        name="pound",
        header=("MajorText", "MinorText", "Borough £"),
        reader=Csv(encoding="cp1252"),
    )
    feed = replace(BOROUGH_CRIME, layouts=(*BOROUGH_CRIME.layouts, layout))
    assert recognise(path, (feed,), name="file").layout == layout
    with pytest.raises(Refusal, match="is not utf-8"):
        recognise(path, (BOROUGH_CRIME,), name="file")


@pytest.mark.parametrize("newline", ["", "\n"], ids=["one line", "many lines"])
def test_record_is_read_or_refused_and_never_left_out(tmp_path: Path, newline: str) -> None:
    path, text = tmp_path / "file", f"x{newline}" * (RECORD_LIMIT // 2 - 10)
    path.write_text(f'a,b\n1,2\n"{text}",4\n5,6\n')
    assert raw(path) == [("1", "2"), (text, "4"), ("5", "6")]
    path.write_text(f'a,b\n1,2\n"{text * 6}",4\n5,6\n')
    with pytest.raises(Refusal, match="record that begins at byte 8 does not end within"):
        raw(path)


@given(st.text('a,"\r\n', max_size=30), st.booleans())
def test_record_ends_at_the_last_newline_outside_quotes(text: str, quoting: bool) -> None:
    last, inside = -1, quoting
    for place, character in enumerate(text):
        inside ^= character == '"'
        if character in "\r\n" and not inside:
            last = place
    assert _last_end(text.encode(), quoting) == last


@requires_extracts
@pytest.mark.extracts
def test_publishers_workbooks_are_read_as_they_are(tmp_path: Path) -> None:
    paths = [path for path in sorted(EXTRACTS.rglob("*")) if path.suffix in (".xlsx", ".ods")]
    assert len(paths) > 5
    for path in paths:
        with bounded_copy(path) as copy:
            ours, theirs = CalamineWorkbook.from_path(str(copy)), CalamineWorkbook.from_path(str(path))
            assert ours.sheet_names == theirs.sheet_names
            for name in theirs.sheet_names:
                cells = theirs.get_sheet_by_name(name).to_python(skip_empty_area=False)
                assert ours.get_sheet_by_name(name).to_python(skip_empty_area=False) == cells, (path.name, name)
