"""Transcripts: WhisperX and Whisper, WebVTT, SRT, call texts of Intercom, and ABCD chats."""

from __future__ import annotations

import html
import re
from typing import Any, Final

import msgspec

from poise.reading.canonical import Conversation, Event, Person, Turn, Word
from poise.reading.problems import RecordError
from poise.reading.where import Where, text_of

__all__ = ["read_abcd", "read_captions", "read_whisperx"]


_UNTOLD: Final = 'Add the speakers, or say whose words these are with the roles option, such as {"*": "agent"}'


class _Word(msgspec.Struct, gc=False):
    word: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None


class _Segment(msgspec.Struct, gc=False):
    text: str
    start: float | None = None
    end: float | None = None
    speaker: str | None = None
    words: list[_Word] | None = None
    channel: str | int | None = None


class _Whisper(msgspec.Struct):
    segments: list[_Segment]
    language: str | None = None
    id: str | int | None = None


def read_whisperx(raw: bytes, where: Where) -> Conversation:
    """Read a WhisperX or Whisper result; without speakers the ``roles`` option must say who ``"*"`` is.

    No audio channel is claimed: speakers told apart by a model in one recording are no channels. A file that states a
    ``channel`` for its segments is believed.
    """
    record = msgspec.json.decode(raw, type=_Whisper)
    people: dict[str, Person] = {}
    turns = []
    for segment in sorted(record.segments, key=lambda one: one.start or 0.0):
        label = segment.speaker or next((word.speaker for word in segment.words or () if word.speaker), None)
        if label is None:
            if "*" not in where.roles:
                raise RecordError(
                    "speaker",
                    "no speakers in the transcript",
                    _UNTOLD,
                )
            role, person = where.roles["*"], None
        else:
            role, person = where.role(label), label if where.names_someone(label) else None
            if person is not None:
                people.setdefault(label, where.person(label, role, name=label))
        words = [Word(word.word, word.start, word.end) for word in segment.words or ()]
        turns.append(
            Turn(
                text=segment.text.strip(),
                person=person,
                role=role,  # type: ignore[arg-type]
                start=segment.start,
                end=segment.end,
                audio_channel=segment.channel,
                words=words or None,
            )
        )
    return Conversation(
        id=record.id if record.id is not None else where.name,
        turns=turns,
        channel="call",
        language=record.language,
        people=list(people.values()) or None,
    )


_TIME: Final = re.compile(
    r"^\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
)
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>(.*?)(?=<v[\s.]|\Z)", re.DOTALL)
_MARKUP: Final = re.compile(r"<[^>\n]*>|\{\\[^}\n]*\}")
_NAMED: Final = re.compile(r"^\s*[-–]?\s*([^\W\d_][^:\n]{0,39}?)\s*:\s+(.*)$", re.DOTALL)
_CALL: Final = re.compile(r'^\s*\[(\d+):(\d{2}):(\d{2})\]\s*([^:\n]{1,60}):\s*"?(.*?)"?\s*$')


def read_captions(raw: bytes, where: Where) -> Conversation:
    """Read WebVTT (``<v Name>``), SRT ("Name: words") or an Intercom call text (``[00:00:07] Teammate 1: "…"``).

    Overlapping cues are legal and stay. No audio channel is claimed, so no interruption can be told from them.
    """
    text = msgspec.json.decode(raw, type=str).replace("\r\n", "\n").replace("\r", "\n")
    cues = list(_call_lines(text)) if _CALL.match(text.lstrip().split("\n", 1)[0]) else list(_cues(text))
    if not cues:
        raise RecordError("", "no cues", "Export captions with their times")
    people: dict[str, Person] = {}
    turns: list[Turn] = []
    speaker: str | None = None
    for start, end, label, words in cues:
        speaker = label or speaker
        if label is None and speaker is None:
            if "*" not in where.roles:
                raise RecordError(
                    "speaker",
                    "no speakers in the captions",
                    _UNTOLD,
                )
            turns.append(Turn(text=words, role=where.roles["*"], start=start, end=end))  # type: ignore[arg-type]
            continue
        assert speaker is not None
        role = where.role(speaker)
        person = speaker if where.names_someone(speaker) else None
        if person is not None and person not in people:
            people[person] = where.person(person, role, name=person)
        turns.append(Turn(text=words, person=person, role=role, start=start, end=end))  # type: ignore[arg-type]
    return Conversation(id=where.name, turns=turns, channel="call", people=list(people.values()) or None)


def _cues(text: str) -> Any:
    """Yield (start, end, speaker, words) of every cue."""
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.strip("\n").split("\n")
        at = next((number for number, line in enumerate(lines[:2]) if _TIME.match(line)), None)
        if at is None:
            continue  # the header, NOTE, STYLE and REGION blocks
        match = _TIME.match(lines[at])
        assert match is not None
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        body = "\n".join(lines[at + 1 :])
        voices = _VOICE.findall(body)
        if voices:
            for name, said in voices:
                yield start, end, _plain(name), _plain(said)
            continue
        named = _NAMED.match(_plain(body))
        if named:
            yield start, end, named[1].strip(), named[2].strip()
        elif _plain(body):
            yield start, end, None, _plain(body)


def _plain(text: str) -> str:
    return " ".join(html.unescape(_MARKUP.sub("", text)).split())


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((fraction or "0").ljust(3, "0")) / 1000
    )


def _call_lines(text: str) -> Any:
    for line in text.split("\n"):
        match = _CALL.match(line)
        if match:
            yield int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3]), None, match[4].strip(), match[5]


class _Personal(msgspec.Struct):
    customer_name: str | None = None


class _Scenario(msgspec.Struct):
    personal: _Personal | None = None
    flow: str | None = None
    subflow: str | None = None


class _Abcd(msgspec.Struct):
    convo_id: int | str
    original: list[tuple[str, str]]
    scenario: _Scenario | None = None


def read_abcd(raw: bytes, where: Where) -> Conversation:
    """Read one chat of the Action-Based Conversations Dataset; its actions are events, not turns."""
    record = msgspec.json.decode(raw, type=_Abcd)
    scenario = record.scenario or _Scenario()
    name = scenario.personal.customer_name if scenario.personal else None
    turns: list[Turn] = []
    events: list[Event] = []
    for speaker, text in record.original:
        if speaker == "action":
            events.append(Event(kind="action", person="agent", data={"text": text, "turn": len(turns)}))
        else:
            turns.append(Turn(text=text, role=where.role(speaker)))  # type: ignore[arg-type]
    people = [Person(id="customer", role="customer", name=name)] if name else None
    topic = "/".join(part for part in (scenario.flow, scenario.subflow) if part)
    return Conversation(
        id=f"abcd-{text_of(record.convo_id)}",
        turns=turns,
        channel="chat",
        language="en",
        topic=topic or None,
        people=people,
        events=events or None,
    )
