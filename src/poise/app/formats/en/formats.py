"""English as readers everywhere take it: day, month, year, the month in letters, and 24 hours.

Django's own English is that of the United States, whose 09/10/2026 is another day elsewhere. Hebrew and Norwegian have
what Django's locales say. :class:`poise.reports.language.Locale` writes days the same way.
"""

from __future__ import annotations

DATE_FORMAT = "j F Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "j F Y, H:i"
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"
SHORT_DATE_FORMAT = "j M Y"
SHORT_DATETIME_FORMAT = "j M Y, H:i"
FIRST_DAY_OF_WEEK = 1
# what a browser's field for dates sends comes first; the others cannot be taken for another day
DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y"]
