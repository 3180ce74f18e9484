"""The canonical conversation file: JSON Lines, one conversation a line (see ``docs/reference/formats.md``).

Its structs are also what every vendor's reader returns, so that there is one way from records to tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from json import JSONDecodeError
from json import loads as tolerant_loads
from typing import Any, Final, Literal

import msgspec

from poise.reading.problems import RecordError, Reject, preview

__all__ = ["Conversation", "Event", "Outcome", "Person", "Role", "Turn", "Word", "as_problem", "decode_lines", "texts"]

Role = Literal["agent", "customer", "candidate", "interviewer", "colleague", "bot", "system"]
Text = str | int
Moment = str | int | float


class Word(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A word of a turn with its times in seconds from the start of the conversation."""

    word: str
    start: float | None = None
    end: float | None = None


class Turn(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One turn."""

    text: str
    person: Text | None = None
    role: Role | None = None
    start: float | None = None
    end: float | None = None
    at: Moment | None = None
    audio_channel: Text | None = None
    private: bool | None = None
    words: list[Word] | None = None


class Person(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Someone who takes part."""

    id: Text
    role: Role
    name: str | None = None
    team: str | None = None
    email: str | None = None


class Event(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """Something done, not said."""

    kind: str
    at: Moment | None = None
    person: Text | None = None
    conversation: Text | None = None
    value: float | None = None
    data: Any = None


class Outcome(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What the source says about the result."""

    csat: float | None = None
    resolved: bool | None = None


class Conversation(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """One record."""

    id: Text
    turns: list[Turn]
    channel: str | None = None
    language: str | None = None
    started_at: Moment | None = None
    topic: Text | None = None
    queue: Text | None = None
    customer: Text | None = None
    people: list[Person] | None = None
    events: list[Event] | None = None
    outcome: Outcome | None = None
    purpose: Literal["selection", "coaching", "training"] | None = None
    meta: dict[str, Any] | None = None


_FIELDS: Final = frozenset(Conversation.__struct_fields__)
_PARTS: Final = {
    "turns": frozenset(Turn.__struct_fields__),
    "people": frozenset(Person.__struct_fields__),
    "events": frozenset(Event.__struct_fields__),
}
_OUTCOME: Final = frozenset(Outcome.__struct_fields__)
_WORD: Final = frozenset(Word.__struct_fields__)
_PATH: Final = re.compile(r"^(?P<problem>.*?)(?: - at `(?P<path>[^`]*)`)?$", re.DOTALL)
_MISSING: Final = re.compile(r"missing required field `([^`]*)`")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_NOT_A_NUMBER: Final = re.compile(rb"(?<![\w\"])-?(?:NaN|Infinity)(?![\w\"])")

_strict: Final = msgspec.json.Decoder(Conversation)
_plain: Final = msgspec.json.Decoder()


def decode_lines(
    payload: bytes, *, file: str, first_line: int
) -> tuple[list[Conversation], list[int], list[bytes], list[Reject]]:
    """Decode a block of lines.

    Returns
    -------
    tuple
        Conversations, their line numbers, their raw lines, and what was refused.

    Notes
    -----
    Lines without unknown fields are decoded straight into structs. The others are decoded into plain objects
    first, so that what is unknown can be kept in ``meta``.
    """
    found: list[Conversation] = []
    numbers: list[int] = []
    raws: list[bytes] = []
    rejects: list[Reject] = []
    decode = _strict.decode
    extras = False
    for number, line in enumerate(payload.split(b"\n"), first_line):
        raw = line
        if raw.startswith(b"\xef\xbb\xbf"):
            raw = raw[3:]
        if not raw or raw.isspace():
            continue
        try:
            if extras:
                found.append(_with_extras(raw))
            else:
                try:
                    found.append(decode(raw))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    found.append(_with_extras(raw))
                    extras = bool(found[-1].meta)
        except RecordError as problem:
            rejects.append(Reject(file, number, problem.field, problem.problem, problem.remedy, preview(raw)))
            continue
        numbers.append(number)
        raws.append(line)
    return found, numbers, raws, rejects


def _with_extras(raw: bytes) -> Conversation:
    """Decode one line that the strict decoder refused; raise :class:`RecordError` where it is really wrong."""
    notes: list[str] = []
    try:
        record = _plain.decode(raw)
    except UnicodeDecodeError as error:
        raise RecordError("", f"not UTF-8 at byte {error.start}", "Save the file as UTF-8") from error
    except RecursionError as error:
        raise RecordError("", "nested too deeply", "Write one conversation a line as documented") from error
    except msgspec.ValidationError as error:  # a number that no float holds: the typed decoder knows where
        try:
            return _strict.decode(raw)
        except msgspec.DecodeError as placed:
            raise as_problem(placed) from error
    except msgspec.DecodeError as error:
        record = _repaired(raw, error)
        notes.append("halves of surrogate pairs were replaced")
    if not isinstance(record, dict):
        raise RecordError("", f"expected an object, got {_kind(record)}", "Write one conversation (an object) a line")
    meta = _take_unknown(record)
    if notes:
        meta["reading"] = notes
    given = record.get("meta")
    if meta and (given is None or isinstance(given, dict)):
        record["meta"] = {**(given or {}), **meta}
    try:
        return msgspec.convert(record, Conversation)
    except (msgspec.ValidationError, RecursionError) as error:
        raise as_problem(error) from error


def _repaired(raw: bytes, error: msgspec.DecodeError) -> Any:
    """Read a line whose only fault is half a surrogate pair (emoji cut in two by an exporter)."""
    if b"\\u" in raw and not _NOT_A_NUMBER.search(raw):
        try:
            text = raw.decode()
            record = tolerant_loads(text)
        except (JSONDecodeError, UnicodeDecodeError, RecursionError, ValueError):
            pass
        else:
            return _without_surrogates(record)
    if _NOT_A_NUMBER.search(raw):
        raise RecordError(
            "", "NaN or Infinity, which JSON does not have", "Leave the field out or write null"
        ) from error
    problem = str(error)
    if "truncated" in problem:
        raise RecordError("", "the record is cut off", "Export the file again; one whole JSON object a line") from error
    raise RecordError("", problem, "Write one JSON object a line") from error


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value


def _take_unknown(record: dict[str, Any]) -> dict[str, Any]:
    """Take fields that the format does not know out of ``record`` and return them."""
    meta = {key: record.pop(key) for key in list(record) if key not in _FIELDS}
    for part, known in _PARTS.items():
        items = record.get(part)
        if not isinstance(items, list):
            continue
        kept = {}
        for index, item in enumerate(items):
            if isinstance(item, dict):
                extra = {key: item.pop(key) for key in item.keys() - known}
                if extra:
                    kept[str(index)] = dict(sorted(extra.items()))
                words = item.get("words") if part == "turns" else None
                if isinstance(words, list):  # scores of single words are of no use later
                    item["words"] = [
                        {key: word[key] for key in word.keys() & _WORD} if isinstance(word, dict) else word
                        for word in words
                    ]
        if kept:
            meta[part] = kept
    outcome = record.get("outcome")
    if isinstance(outcome, dict):
        extra = {key: outcome.pop(key) for key in outcome.keys() - _OUTCOME}
        if extra:
            meta["outcome"] = dict(sorted(extra.items()))
    return meta


_REMEDIES: Final = (
    ("role", "Write agent, customer, candidate, interviewer, colleague, bot or system"),
    ("purpose", "Write selection, coaching or training"),
    ("turns", "Give a list of turns, each with text and a person or a role"),
    ("text", "Give the words of the turn as a string"),
    ("id", "Give every conversation an id of its own (text or whole number)"),
)


def as_problem(error: Exception) -> RecordError:
    """Turn an error of msgspec into field, problem and remedy."""
    match = _PATH.match(str(error))
    problem = match["problem"] if match else str(error)
    path = ((match["path"] if match else None) or "").removeprefix("$").removeprefix(".")
    missing = _MISSING.search(problem)
    if missing:
        path = f"{path}.{missing[1]}" if path else missing[1]
        problem = "missing"
    last = path.rsplit(".", 1)[-1].split("[")[0]
    remedy = next((text for name, text in _REMEDIES if name == last), "Correct the value or leave the field out")
    return RecordError(path, problem, remedy)


def _kind(value: object) -> str:
    return {list: "a list", str: "a string", type(None): "null", bool: "true or false"}.get(type(value), "a number")


def texts(values: Iterable[Text | None]) -> list[str | None]:
    """Return ids as text; whole numbers are accepted as ids."""
    column: Sequence[Text | None] = [*values]
    if set(map(type, column)) <= {str, type(None)}:
        return column  # type: ignore[return-value]
    return [value if value is None or type(value) is str else str(value) for value in column]
