"""Tables for spreadsheets: the same rows, and no cell that runs."""

from __future__ import annotations

import zipfile
from pathlib import Path
from xml.etree import ElementTree

import made_up_run
import polars as pl
import pytest

from poise import reports
from poise.reports.results import TABLES

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
FORMULAS = ["=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", " \u202e=1", "\uff1d1"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = made_up_run.write_results(tmp_path_factory.mktemp("sheet"), people=2, each=20)
    turns = pl.read_parquet(folder / "turns.parquet")
    texts = pl.Series("text", FORMULAS + turns["text"].to_list()[len(FORMULAS) :])
    turns.with_columns(texts).write_parquet(folder / "turns.parquet")
    return folder


def test_csv_has_every_table_and_row(folder: Path, tmp_path: Path) -> None:
    written = reports.export(folder, {"csv"}, out=tmp_path)
    assert {path.stem for path in written} == set(TABLES)
    for name in TABLES:
        again = pl.read_csv(tmp_path / f"{name}.csv", infer_schema_length=None)
        assert again.columns == list(TABLES[name])
        assert again.height == pl.read_parquet(folder / f"{name}.parquet").height
    assert (tmp_path / "turns.csv").read_bytes().startswith(b"\xef\xbb\xbf"), "or Excel takes Hebrew for Latin"


def test_no_cell_starts_a_formula(folder: Path, tmp_path: Path) -> None:
    reports.export(folder, {"csv"}, out=tmp_path)
    texts = pl.read_csv(tmp_path / "turns.csv", infer_schema=False)["text"].to_list()
    assert texts[: len(FORMULAS)] == ["'" + text for text in FORMULAS]
    assert not any(text.startswith("'") for text in texts[len(FORMULAS) :])


def test_numbers_stay_numbers(folder: Path, tmp_path: Path) -> None:
    reports.export(folder, {"csv"}, out=tmp_path)
    added = pl.read_csv(tmp_path / "contributions.csv", infer_schema_length=None)["contribution"]
    assert added.dtype == pl.Float64 and (added < 0).any()


def test_excel_has_a_sheet_a_table_and_no_formula(folder: Path, tmp_path: Path) -> None:
    (path,) = reports.export(folder, {"xlsx"}, out=tmp_path)
    with zipfile.ZipFile(path) as book:
        sheets = ElementTree.fromstring(book.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        assert [sheet.attrib["name"] for sheet in sheets] == list(TABLES)
        said = "".join(ElementTree.fromstring(book.read("xl/sharedStrings.xml")).itertext())
        for name in book.namelist():
            if name.startswith("xl/worksheets/sheet"):
                sheet = ElementTree.fromstring(book.read(name))
                assert not list(sheet.iter(f"{MAIN}f"))
        assert all("'" + text in said for text in FORMULAS if text.isprintable())


def test_an_unknown_format_is_an_error(folder: Path) -> None:
    with pytest.raises(reports.ReportError, match="csv, xlsx"):
        reports.export(folder, {"ods"})


def test_more_rows_than_a_sheet_takes_is_an_error(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("poise.reports.spreadsheet.EXCEL_ROWS", 10)
    with pytest.raises(reports.ReportError, match="ask for csv"):
        reports.export(folder, {"xlsx"}, out=tmp_path)
