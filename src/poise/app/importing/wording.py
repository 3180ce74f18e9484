"""What reading refuses, in the reader's language.

The library says in English what is wrong with an input and what to do about it; so it stands in files, on the command
line and in the REST API, and so an import keeps it. Here is a template of every such sentence. Pages look up which one
a sentence was made from, and say it in the language of whoever reads, with the same values.
tests/app/importing/test_wording.py walks the library's code and names every sentence that has no template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

__all__ = ["SENTENCES", "worded", "worded_error"]

SENTENCES: Final = (
    # files
    _("no such file or folder"),
    _("Check the path or pattern"),
    _("Check the path"),
    _("nothing to read"),
    _("Name a file, a folder or a pattern"),
    _("no files"),
    _("no conversations found (%(reasons)s)"),
    _("Name files of a known format, or force one with the format option"),
    _("no conversation could be read"),
    _("Hand in files that hold conversations"),
    _("Leave it out, or export it again, if it should hold conversations"),
    _("unknown format %(name)s"),
    _("unknown role %(name)s"),
    _("Use one of %(list)s"),
    _("cannot be read"),
    _("cannot be read: %(why)s"),
    _("cannot be read to its end: %(why)s"),
    _("Copy the file again"),
    _("Export or copy the file again"),
    _("Export the file again"),
    _("Split the export"),
    _("Check that this is an export of %(format)s"),
    _("empty"),
    _("a binary file"),
    _("a Parquet file without conversation and text columns"),
    _("UTF-16; save it as UTF-8"),
    _("no format that Poise knows; formats can be forced"),
    _("JSON of no format that Poise knows"),
    _("JSON records of no format that Poise knows"),
    _("a JSON list without records"),
    _("JSON that is cut off or damaged; export it again"),
    _("not UTF-8; save it as UTF-8"),
    _(
        "one text in one record is longer than the first %(limit)d KB, by which a format is told; split the "
        "record, or force the format"
    ),
    _(
        "a table without headings that Poise knows; its first line must name the columns conversation (or "
        "conversation_id, ticket_id, call_id) and text (or message, body, utterance), and person (or speaker,"
        " author) or role"
    ),
    _("not UTF-8"),
    _("not UTF-8 text"),
    _("not UTF-8 at byte %(byte)d"),
    _("Save it as UTF-8"),
    _("Save the file as UTF-8"),
    # records
    _("a line longer than %(limit)d MB"),
    _("a line too long for one record"),
    _("one conversation of more than %(limit)d MB"),
    _("one record is longer than %(limit)d MB"),
    _("a bracket is closed that was not opened"),
    _("the JSON document is cut off"),
    _("the record is cut off"),
    _("nested too deeply"),
    _("NaN or Infinity, which JSON does not have"),
    _("expected an object, got %(why)s"),
    _("a list"),
    _("a string"),
    _("null"),
    _("true or false"),
    _("a number"),
    _("Export the file again; one whole JSON object a line"),
    _("Write one JSON object a line"),
    _("Write one JSON object with %(field)s a record"),
    _("Write one conversation a line"),
    _("Write one conversation a line as documented"),
    _("Write one conversation (an object) a line"),
    _("Write one utterance (a JSON object) a line"),
    _("Give every utterance the id of its conversation"),
    _("Give every utterance a speaker"),
    _("missing"),
    _("Correct the value or leave the field out"),
    _("Leave the field out or write null"),
    _("Leave it out or write null"),
    _("Write agent, customer, candidate, interviewer, colleague, bot or system"),
    _("Write selection, %(purpose)s or training"),
    _("Give a list of turns, each with text and a person or a role"),
    _("Give the words of the turn as a string"),
    _("Give every conversation an id of its own"),
    _("Give every conversation an id of its own (text or whole number)"),
    _("Give every conversation an id of its own, or name each file once"),
    _("Give every conversation an id of its own, or take the copy out"),
    _("Give a shorter id"),
    _("longer than %(limit)d bytes"),
    _("%(id)s was read before"),
    _("%(id)s was read before (line %(line)d)"),
    _("%(id)s was imported for %(before)s and cannot become %(purpose)s"),
    _("an id of more than %(limit)d characters, or with a NUL character: %(id)s"),
    _("Give shorter ids of plain text"),
    _("somebody whose data were erased takes part"),
    _("Leave their conversations out of the file"),
    _("Records of one purpose are not used for another: import it under an id of its own"),
    _("no turns"),
    _("Export conversations with their turns"),
    _("no cues"),
    _("Export captions with their times"),
    _("Export the analysis with its participants"),
    # people and roles
    _("no speakers in the transcript"),
    _("no speakers in the captions"),
    _('Add the speakers, or say whose words these are with the roles option, such as {"*": "agent"}'),
    _("the role of %(label)s is not known"),
    _('Say it with the roles option, such as {%(label)s: "agent", "*": "customer"}'),
    _("the role of this speaker is not known"),
    _('Add a column role, or say it with the roles option, such as {"Dana": "agent", "*": "customer"}'),
    _("unknown role"),
    _("Write one of %(list)s, or say what the label means with the roles option"),
    _("unknown purpose"),
    _("Write one of %(list)s"),
    _("neither person nor role"),
    _("Give the turn a person or a role"),
    _("differs from the role that people gives this person"),
    _("this person has two roles in one conversation"),
    _("Give each person one role in a conversation"),
    _("not declared in people, and the turn gives no role"),
    _("Declare the person in people, or give the turn a role"),
    _("%(person)s is declared twice"),
    _("Declare each person once"),
    _("%(alias)s stands for both %(known)s and %(person)s"),
    _("Keep one of the two rows"),
    _("%(person)s is in both %(team)s and %(other)s"),
    _("Give one team a person"),
    _("no people in it"),
    _("Give a name and a person in every row"),
    _("Fill it in or take the row out"),
    _("unknown key"),
    _("Write [[person]] tables only"),
    _("Write one [[person]] table a person"),
    _("expected [[person]] tables"),
    _("expected a [[person]] table"),
    _("Write double brackets"),
    _("Known keys: person, team, aliases"),
    _("missing or not text"),
    _("not text"),
    _("Give the person's id or name"),
    _("Give the team's name"),
    _("not a list of names"),
    _('Write aliases = ["…", "…"]'),
    # columns and values
    _("no column that names the conversation"),
    _("Call it conversation or id"),
    _("no such column"),
    _("Name the columns as documented"),
    _("Give every row the id of its conversation"),
    _("%(values)d values for %(columns)d columns"),
    _("Put quotes around values that hold the delimiter or line breaks"),
    _("more values than columns"),
    _("Quote the commas"),
    _("Write plain CSV"),
    _("unknown column"),
    _("Known columns: %(list)s"),
    _("column given twice"),
    _("column stands twice"),
    _("Keep one"),
    _("Keep one of them"),
    _("column missing"),
    _("column is missing"),
    _("Add it to the first line"),
    _("The first line names the columns %(required)s and, where known, %(optional)s"),
    _("%(cells)d cells where the first line has %(width)d"),
    _("Put cells that contain the separator between double quotes"),
    _("no CSV (%(why)s)"),
    _("Save it as CSV again"),
    _("Save it as CSV in UTF-8"),
    _("not a number"),
    _("Give a number or nothing"),
    _("neither true nor false"),
    _("Write true or false"),
    _("not an instant between 1990 and 2100"),
    _("Write ISO 8601 with a zone, such as 2026-03-01T09:30:00+01:00, or unix seconds"),
    _("negative"),
    _("Give seconds from the start of the conversation"),
    _("too large"),
    _("Give seconds, not milliseconds or unix time"),
    _("before start"),
    _("Give end at or after start"),
    _("no person"),
    _("no rater"),
    _("no item"),
    _("Name the person"),
    _("Name the rater"),
    _("Name the item"),
    _("too long"),
    _("Use up to %(limit)d characters"),
    _("no number"),
    _("Write the rating as a number, and leave the row out where nothing was rated"),
    _("no time"),
    _("this rater has rated this person on this item already"),
    _("Keep one of the rows, or tell them apart by at or situation"),
    _("%(number)d different ratings"),
    _("A scale has up to %(limit)d levels: round the ratings to the levels that raters saw"),
    # what the parsers of JSON, CSV, TOML and compressed files say
    _("Expected `%(wanted)s`, got `%(got)s`"),
    _("Invalid enum value %(value)s"),
    _("Input data was truncated"),
    _("Number out of range"),
    _("Integer value out of range"),
    _("maximum recursion depth exceeded while deserializing an object"),
    _("JSON is malformed: %(why)s (byte %(byte)d)"),
    _("invalid character"),
    _("invalid number"),
    _("invalid escape character in string"),
    _("invalid escaped character"),
    _("invalid utf-16 surrogate pair"),
    _("object keys must be strings"),
    _("trailing characters"),
    _("trailing comma in array"),
    _("trailing comma in object"),
    _("expected ',' or ']'"),
    _("expected ',' or '}'"),
    _("expected ':'"),
    _("expected '\"'"),
    _("'utf-8' codec can't decode byte %(byte)s in position %(position)d: %(detail)s"),
    _("Compressed file ended before the end-of-stream marker was reached"),
    _("Unknown compression method"),
    _("CRC check failed"),
    _("Error %(code)s while decompressing data: %(detail)s"),
    _("zstd decompress error: %(detail)s"),
    _("line contains NUL"),
    _("field larger than field limit (%(limit)d)"),
    _("unexpected end of data"),
    _("%(detail)s (at end of document)"),
    _("%(detail)s (at line %(line)d, column %(column)d)"),
    # what handing in says (poise.app.importing.files), where a worker or the watched folder kept it
    _("%(file)s is larger than %(limit)d MB. Split the export, or compress it with gzip."),
    _("Two files are called %(file)s. Give each a name of its own."),
    _("%(file)s is empty."),
    _("%(file)s is an archive (%(kind)s). Unpack it and hand in its files; .gz and .zst are read as they are."),
    _("%(file)s is no text of conversations (%(kind)s). Hand in an export or transcripts."),
    _("%(file)s swells to more than %(limit)d MB when it is decompressed, which no export does."),
)
"""Every sentence. Whole numbers stand in places that end in ``d``, a sentence in ``why``, several in ``reasons``."""

_WHERE: Final = (_("%(file)s, line %(line)d, %(field)s"), _("%(file)s, line %(line)d"))
_ELSEWHERE: Final = _("%(where)s: %(problem)s")
_PLACE: Final = re.compile(r"%\((\w+)\)([sd])")
_REASONS: Final = re.compile(r"; (?=[^;]*: )")
"""Between reasons, each of a file that it names; within one there may be a semicolon as well."""
_MOST: Final = 4000
"""Characters of a text that is looked up; what is longer stays as it is."""
_CUTS: Final = 12
"""Places at which a text may be cut into where, problem and remedy."""
_DEPTH: Final = 3


class _Template(NamedTuple):
    """A sentence with places: the words between them, and the places' names with whether whole numbers stand there."""

    said: str
    words: tuple[str, ...]
    places: tuple[tuple[str, bool], ...]

    def values(self, text: str) -> dict[str, str] | None:
        """Return what stands in the places; None where ``text`` is another sentence. No text takes long."""
        first, *between, last = self.words
        begin, end = len(first), len(text) - len(last)
        if begin >= end or not (text.startswith(first) and text.endswith(last)):
            return None
        found = []
        for word in between:
            at = text.find(word, begin, end)
            if at < 0:
                return None
            found.append(text[begin:at])
            begin = at + len(word)
        found.append(text[begin:end])
        for value, (_name, whole) in zip(found, self.places, strict=True):
            if not value or (whole and not (value.isascii() and value.isdecimal())):
                return None
        return {name: value for value, (name, _whole) in zip(found, self.places, strict=True)}


def _templates(sentences: Iterable[str]) -> list[_Template]:
    found = []
    for said in sentences:
        parts = _PLACE.split(said)
        if len(parts) > 1:
            places = tuple((name, kind == "d") for name, kind in zip(parts[1::3], parts[2::3], strict=True))
            found.append(_Template(said, tuple(parts[::3]), places))
    # the most definite first: what has more words of its own
    return sorted(found, key=lambda one: -sum(map(len, one.words)))


_PLAIN: Final = frozenset(said for said in SENTENCES if not _PLACE.search(said))
_WITH_PLACES: Final = _templates(SENTENCES)
_LINES: Final = _templates(_WHERE)
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def worded(text: str) -> str:
    """Return one sentence (a problem, a remedy) in the active language; as it is where it is none that is known."""
    return _sentence(text) or text


def worded_error(text: str) -> str:
    """Return a whole error in the active language: where, what is wrong and what to do about it, or one sentence."""
    if len(text) > _MOST:
        return text
    return _sentence(text) or _error(text, _DEPTH) or text


@lru_cache(1024)  # the rows of a table say the same again and again
def _known(text: str) -> tuple[str, Mapping[str, str]] | None:
    if text in _PLAIN:
        return text, _NOTHING
    for one in _WITH_PLACES:
        values = one.values(text)
        if values is not None:
            return one.said, values
    return None


def _sentence(text: str, depth: int = _DEPTH) -> str | None:
    known = _known(text) if depth and 0 < len(text) <= _MOST else None
    if known is None:
        return None
    said, values = known

    def value(place: re.Match[str]) -> str:
        name, kept = place[1], values[place[1]]
        if name == "why":
            return _sentence(kept, depth - 1) or kept
        if name == "reasons":
            return "; ".join(_reason(one, depth - 1) for one in _REASONS.split(kept))
        return kept

    return _PLACE.sub(value, gettext(said))


def _reason(text: str, depth: int) -> str:
    """Say why one file is left aside: ``name: why``, or why alone."""
    file, colon, why = text.partition(": ")
    if not colon:
        return _sentence(text, depth) or text
    return f"{file}: {_sentence(why, depth) or why}"


def _error(text: str, depth: int) -> str | None:
    """Say ``where: problem. remedy``; the remedy may be such an error again, of the first record that was refused."""
    for end in _cuts(f"{text} " if text.endswith(".") else text, ". "):
        problem = _placed(text[:end])
        if problem is not None:
            rest = text[end + 2 :]
            remedy = _sentence(rest) or (_error(rest, depth - 1) if depth else None) or rest
            return f"{problem}. {remedy}".rstrip()
    return None


def _placed(text: str) -> str | None:
    """Say ``where: problem``, whose first letter may be a capital."""
    for begin in [0, *(at + 2 for at in _cuts(text, ": "))]:
        where, problem = text[:begin].removesuffix(": "), text[begin:]
        said = _sentence(problem)
        if said is None:
            said = _sentence(problem[:1].lower() + problem[1:])
            said = None if said is None else said[:1].upper() + said[1:]
        if said is not None:
            return _at(where, said) if where else said
    return None


def _at(where: str, problem: str) -> str:
    for one in _LINES:
        values = one.values(where)
        if values is not None:
            return f"{gettext(one.said) % {**values, 'line': int(values['line'])}}: {problem}"
    return gettext(_ELSEWHERE) % {"where": where, "problem": problem}


def _cuts(text: str, mark: str) -> list[int]:
    """Return where ``mark`` stands, the first few times."""
    found: list[int] = []
    at = text.find(mark)
    while at >= 0 and len(found) < _CUTS:
        found.append(at)
        at = text.find(mark, at + len(mark))
    return found
