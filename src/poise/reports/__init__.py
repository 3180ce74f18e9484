"""What people read: the report, the argument in the terminal, and tables for spreadsheets."""

from poise.reports.document import PEOPLE_IN_ONE_FILE, write
from poise.reports.errors import ReportError
from poise.reports.language import LANGUAGES
from poise.reports.spreadsheet import FORMATS, export
from poise.reports.terminal import explain, summary

__all__ = ["FORMATS", "LANGUAGES", "PEOPLE_IN_ONE_FILE", "ReportError", "explain", "export", "summary", "write"]
