"""ConvoKit corpora: utterances, speakers and conversations in files of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Turn, as_problem
from poise.reading.gathering import Gathering
from poise.reading.inventory import Source
from poise.reading.labels import role_of
from poise.reading.problems import InputError, RecordError, Reject, preview
from poise.reading.records import records
from poise.reading.streams import UNREADABLE, elements, open_stream
from poise.reading.where import Where, text_of

__all__ = ["corpus_rows", "read_convokit"]

_ROLE_KEYS: Final = ("role", "type", "speaker_type", "user_type", "side", "is_agent")
_encode: Final = msgspec.json.Encoder().encode


class _Key(msgspec.Struct, gc=False):
    conversation_id: str | int | None = None
    root: str | int | None = None


class _Speaker(msgspec.Struct):
    meta: dict[str, Any] | None = None
    name: str | None = None


class _Utterance(msgspec.Struct, rename={"reply_to": "reply-to"}):
    text: str | None
    speaker: str | int | None = None
    user: str | int | None = None
    timestamp: float | str | None = None
    reply_to: str | int | None = None
    meta: dict[str, Any] | None = None


class _Composed(msgspec.Struct):
    utterances: list[_Utterance]
    conversation: dict[str, Any] | None = None
    speakers: dict[str, dict[str, Any]] = {}


def corpus_rows(group: list[Source], size: int) -> Iterator[tuple[str, int, str, bytes] | Reject]:
    """Bring the utterances of each conversation together with what the corpus says about it and its speakers.

    Roles of speakers are held in memory; everything else is filed on disk.
    """
    source = group[0]
    folder = source.path.parent
    whole = source.layout == "corpus"
    speakers = _speakers(folder) if whole else {}
    with Gathering(size=source.size, part=size) as gathering:
        for found in records(source):
            if isinstance(found, Reject):
                yield found
                continue
            line, raw = found
            try:
                key = msgspec.json.decode(raw, type=_Key)
                utterance = msgspec.json.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                problem = as_problem(error)
                remedy = "Write one utterance (a JSON object) a line"
                yield Reject(str(source.path), line, problem.field, problem.problem, remedy, preview(raw))
                continue
            name = key.conversation_id if key.conversation_id is not None else key.root
            if name is None:
                remedy = "Give every utterance the id of its conversation"
                yield Reject(str(source.path), line, "conversation_id", "missing", remedy, preview(raw))
                continue
            utterance.pop("vectors", None)
            gathering.add(text_of(name), line, _encode(utterance))
        if whole:
            for key_, raw in _members(folder, "conversations.json"):
                gathering.add(key_, 0, raw)
        for name_, rows in gathering.groups():
            lines = [line for line, _ in rows if line]
            if not lines:
                continue  # a conversation that the corpus describes but has no utterances of
            said = [raw for line, raw in rows if line]
            about = next((raw for line, raw in rows if not line), b"null")
            who = {name: speakers[name] for name in map(_speaker_name, said) if name in speakers}
            yield (
                str(source.path),
                lines[0],
                name_,
                b'{"conversation":%s,"speakers":%s,"utterances":[%s]}' % (about, _encode(who), b",".join(said)),
            )


class _By(msgspec.Struct, gc=False):
    speaker: Any = None
    user: Any = None


def _speaker_name(raw: bytes) -> str:
    by = msgspec.json.decode(raw, type=_By)
    return text_of(by.speaker if by.speaker is not None else by.user)


def _members(folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """Yield the members of a JSON object that are objects themselves."""
    for path in sorted(folder.glob(f"{name}*")):
        try:
            with open_stream(path) as stream:
                for key, raw in elements(stream):
                    yield key, raw.replace(b"\n", b" ")
        except (InputError, *UNREADABLE):
            return


def _speakers(folder: Path) -> dict[str, dict[str, Any]]:
    """Return what names the role of each speaker: a few fields of ``meta``."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("speakers.json", "users.json"):
        for key, raw in _members(folder, name):
            try:
                speaker = msgspec.json.decode(raw, type=_Speaker)
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
            meta = speaker.meta or {}
            kept: dict[str, Any] = {field: meta[field] for field in (*_ROLE_KEYS, "name", "team") if field in meta}
            if kept or speaker.name:
                found[key] = {"name": speaker.name, **kept}
    return found


def read_convokit(raw: bytes, where: Where) -> Conversation:
    """Read one conversation of a corpus.

    The role of a speaker comes from the speaker's ``meta`` (``role`` or ``type``), the utterance's ``meta``, the
    ``roles`` option, the people file, or the speaker's id where it is a role itself.
    """
    record = msgspec.json.decode(raw, type=_Composed)
    keyed = sorted(
        enumerate(record.utterances),
        key=lambda one: (one[1].timestamp if isinstance(one[1].timestamp, float) else 0.0, one[0]),
    )
    turns = []
    extras: dict[str, Any] = {}
    people = {}
    for _, utterance in keyed:
        who = utterance.speaker if utterance.speaker is not None else utterance.user
        if who is None:
            raise RecordError("speaker", "missing", "Give every utterance a speaker")
        person = text_of(who)
        about = record.speakers.get(person, {})
        meta = dict(utterance.meta or {})
        label = next((x[key] for x in (about, meta) for key in _ROLE_KEYS if isinstance(x.get(key), str | bool)), None)
        if isinstance(label, bool):
            label = "agent" if label else "customer"
        role = (role_of(label) if label else None) or where.role(person)
        name = about.get("name")
        if where.names_someone(person):
            people[person] = where.person(person, role, name=name if isinstance(name, str) else None)
        at = utterance.timestamp
        seconds = at if isinstance(at, float) and at < 6e8 else None  # corpora of calls count from the call's start
        turns.append(
            Turn(
                text=utterance.text or "",
                person=person if person in people else None,
                role=role,  # type: ignore[arg-type]
                start=seconds,
                at=None if seconds is not None else at,
            )
        )
        if meta:
            extras[str(len(turns) - 1)] = meta
    about_all = record.conversation or {}
    meta_all = about_all.get("meta") if isinstance(about_all.get("meta"), dict) else {}
    kept = {**(meta_all or {}), **({"turns": extras} if extras else {})}
    return Conversation(id=where.name, turns=turns, people=list(people.values()), meta=kept or None)
