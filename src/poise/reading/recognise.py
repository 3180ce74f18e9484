"""Which format a file has, told from its first bytes."""

from __future__ import annotations

import codecs
import csv
import json
import re
from pathlib import Path
from typing import Any, Final, NamedTuple

import polars as pl

from poise.reading.streams import open_stream, suffix_of

__all__ = ["FORMATS", "HEAD", "Recognised", "delimiter_of", "recognise", "table_columns"]

FORMATS: Final = (
    "canonical",
    "csv",
    "parquet",
    "chatwoot",
    "zendesk",
    "zendesk-chat",
    "intercom",
    "contact-lens",
    "freshdesk",
    "whisperx",
    "vtt",
    "srt",
    "convokit",
    "abcd",
)
HEAD: Final = 1 << 18
_WRAPPERS: Final = ("tickets", "chats", "conversations", "comments", "users", "payload", "data", "results", "items")
_CALL: Final = re.compile(r"\A\s*\[\d+:\d{2}:\d{2}\]\s*[^:\n]{1,60}:\s")
_SRT: Final = re.compile(r"\A\s*\d+\s*\r?\n\s*\d{1,2}:\d{2}:\d{2}[,.]\d{1,3}\s*-->")

_ALIASES: Final = {
    "conversation": ("conversation", "conversation_id", "conversationid", "conv_id", "call_id", "chat_id", "ticket_id",
                     "session_id", "dialogue_id", "thread_id", "interaction_id", "contact_id"),
    "text": ("text", "message", "body", "content", "utterance", "transcript", "msg"),
    "person": ("person", "person_id", "speaker", "speaker_id", "author", "author_id", "sender", "sender_id", "agent_id",
               "from"),
    "role": ("role", "speaker_role", "author_role", "sender_type", "speaker_type", "author_type", "participant_role"),
    "start": ("start", "start_s", "start_time_s", "begin"),
    "end": ("end", "end_s", "end_time_s"),
    "at": ("at", "timestamp", "created_at", "time", "sent_at", "date", "datetime"),
    "turn": ("turn", "turn_index", "turn_no", "seq", "sequence", "position"),
    "audio_channel": ("audio_channel",),
    "private": ("private", "internal"),
    "name": ("name", "person_name", "speaker_name", "author_name", "sender_name", "agent_name"),
    "team": ("team", "group"),
    "channel": ("channel",),
    "language": ("language", "lang", "locale"),
    "started_at": ("started_at", "conversation_started_at"),
    "topic": ("topic", "reason", "category", "subject"),
    "queue": ("queue", "department", "inbox"),
    "customer": ("customer", "customer_id"),
    "csat": ("csat", "rating", "satisfaction"),
    "resolved": ("resolved",),
    "purpose": ("purpose",),
}  # fmt: skip


class Recognised(NamedTuple):
    """What a file is: its format, how records lie in it, and for what is no conversation the reason."""

    format: str = ""
    layout: str = ""  # lines, elements, document, table
    key: str = ""  # of the array in a top-level object
    part: str = ""  # of an export in several files: tickets, comments, users
    why: str = ""


def recognise(path: Path) -> Recognised:
    """Tell the format of a file from its content.

    Raises
    ------
    OSError
        And the errors of the decompressors, for a file that cannot be read.
    """
    with open_stream(path) as stream:
        head = stream.read(HEAD)
    if not head.strip():
        return Recognised(why="empty")
    if head[:4] == b"PAR1":
        mapping = table_columns(pl.read_parquet_schema(path))
        nested = {"id", "turns"} <= set(pl.read_parquet_schema(path))
        if nested or {"conversation", "text"} <= set(mapping):
            return Recognised("parquet", "nested" if nested else "table")
        return Recognised(why="a Parquet file without conversation and text columns")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
        found = _csv(head.decode("utf-8", "replace"))
        return found if found.format else Recognised(why="UTF-16; save it as UTF-8")
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    readable = text.decode("utf-8", "replace")
    if _CALL.match(readable):
        return Recognised("intercom", "document")
    if text[:1] in (b"{", b"["):
        told = _json(text)
        if not told.format and not _is_utf8(head):
            return Recognised(why="not UTF-8; save it as UTF-8")
        return told
    if readable.startswith("WEBVTT"):
        return Recognised("vtt", "document")
    if _SRT.match(readable):
        return Recognised("srt", "document")
    if b"\x00" in head[:4096]:
        return Recognised(why="a binary file")
    found = _csv(readable)
    if found.format:
        return found
    if suffix_of(path) in (".jsonl", ".ndjson", ".json"):
        return Recognised("canonical", "lines")  # its lines will be refused one by one, with their numbers
    return found


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)  # the last character of the head may be cut in two
    except UnicodeDecodeError:
        return False
    return True


def _json(text: bytes) -> Recognised:
    line, _, rest = text.partition(b"\n")
    first = _loaded(line)
    later = next((one.lstrip() for one in rest.split(b"\n") if one.strip()), b"")
    if isinstance(first, dict) and (later[:1] == b"{" or not later):
        one = _of_record(first)
        if one.format and (later or one.format in ("canonical", "csv")):
            return one._replace(layout="lines")
        if not one.format and later:
            # A first record that is wrong must not hide the good ones behind it.
            for other in rest.split(b"\n")[:20]:
                record = _loaded(other)
                if isinstance(record, dict) and (one := _of_record(record)).format:
                    return one._replace(layout="lines")
            return Recognised(why="JSON records of no format that Poise knows")
    closed, whole = _closed(text)
    sample = _loaded(closed)
    if isinstance(sample, list):
        records = [item for item in sample if isinstance(item, dict)]
        one = _of_record(records[0]) if records else Recognised(why="a JSON list without records")
        return one._replace(layout="elements") if one.format else one
    if isinstance(sample, dict):
        one = _of_record(sample)
        if one.format:
            return one._replace(layout="document")
        for key in _WRAPPERS:
            inner = sample.get(key)
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                one = _of_record(inner[0], key)
                if one.format:
                    return one._replace(layout="elements", key=key)
    if later[:1] == b"{":  # the first line is broken; are the next ones records?
        return _json(rest.lstrip())
    if len(text) < HEAD // 2 and _loaded(text) is None:
        return Recognised(why="JSON that is cut off or damaged; export it again")
    if len(text) - whole > HEAD // 2 and not later:
        return Recognised(
            why=f"one text in one record is longer than the first {HEAD >> 10} KB, by which a format is told; "
            "split the record, or force the format"
        )
    return Recognised(why="JSON of no format that Poise knows")


def _of_record(record: dict[str, Any], wrapper: str = "") -> Recognised:
    keys = set(record)

    def items(key: str) -> dict[str, Any]:
        value = record.get(key)
        return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}

    if "turns" in keys and (isinstance(record["turns"], list) or "id" in keys):
        return Recognised("canonical")
    if "convo_id" in keys and ("original" in keys or "scenario" in keys):
        return Recognised("abcd")
    if "Transcript" in keys and keys & {"Participants", "JobStatus", "ChatTranscriptVersion", "ContactId", "Version"}:
        return Recognised("contact-lens")
    if "conversation_parts" in keys or (record.get("type") == "conversation" and "source" in keys):
        return Recognised("intercom")
    if "history" in keys and keys & {"visitor", "agent_ids", "session", "agent_names"}:
        return Recognised("zendesk-chat")
    if "messages" in keys and (
        keys & {"inbox_id", "account_id", "contact_id", "meta"} or "message_type" in items("messages")
    ):
        return Recognised("chatwoot")
    if "incoming" in keys and keys & {"body_text", "body"}:
        return Recognised("freshdesk", part="comments")
    if "conversations" in keys and (
        keys & {"description_text", "requester_id", "responder_id"} or "incoming" in items("conversations")
    ):
        return Recognised("freshdesk", part="tickets")
    if keys & {"description_text", "responder_id"} and "requester_id" in keys:
        return Recognised("freshdesk", part="tickets")
    if "requester_id" in keys and keys & {"submitter_id", "comments", "assignee_id", "via"}:
        return Recognised("zendesk", part="tickets")
    if ("author_id" in keys and keys & {"html_body", "plain_body"}) or ("ticket_id" in keys and "author_id" in keys):
        return Recognised("zendesk", part="comments")
    if wrapper == "users" and {"id", "role"} <= keys:
        return Recognised("zendesk", part="users")
    if "segments" in keys and ("language" in keys or {"start", "end"} <= set(items("segments"))):
        return Recognised("whisperx")
    if {"speaker", "text"} <= keys and keys & {"conversation_id", "reply-to", "reply_to", "root", "user"}:
        return Recognised("convokit")
    if {"user", "root", "text"} <= keys:
        return Recognised("convokit")
    return Recognised(why="JSON of no format that Poise knows")


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]|\\.?)*(?:"|\Z)|[\[\]{}]', re.DOTALL)


def _closed(text: bytes) -> tuple[bytes, int]:
    """Cut a document after its last closed bracket and close what is open, so that its beginning can be parsed.

    Returns that beginning and how many bytes of the document it holds.
    """
    stack: list[bytes] = []
    end, closers = 0, b""
    for match in _STRUCTURE.finditer(text):
        token = match[0]
        if token in (b"{", b"["):
            stack.append(b"}" if token == b"{" else b"]")
        elif token in (b"}", b"]"):
            if not stack:
                break
            stack.pop()
            end, closers = match.end(), b"".join(reversed(stack))
            if not stack:
                break
    return text[:end] + closers, end


def delimiter_of(line: str) -> str:
    """Return the delimiter of a CSV header."""
    return max(",;\t|", key=line.count)


def table_columns(names: Any) -> dict[str, str]:
    """Return which column of a table holds which field: field -> column, and nothing for fields that are missing."""
    folded = {str(name).strip().lower().replace(" ", "_"): str(name) for name in reversed(list(names))}
    found: dict[str, str] = {}
    for field, aliases in _ALIASES.items():
        column = next((folded[alias] for alias in aliases if alias in folded), None)
        if column is not None and column not in found.values():
            found[field] = column
    if "conversation" not in found and "id" in folded and "text" in found:
        found["conversation"] = folded["id"]
    return found


def _csv(text: str) -> Recognised:
    header, _, rest = text.removeprefix("\N{BYTE ORDER MARK}").partition("\n")
    header, second = header.strip("\r"), rest.partition("\n")[0]
    delimiter = delimiter_of(header)
    cells = next(csv.reader([header], delimiter=delimiter), []) if len(header) < 10_000 else []
    mapping = table_columns(cells)
    if len(cells) >= 2 and {"conversation", "text"} <= set(mapping):
        return Recognised("csv", "table")
    if len(cells) >= 2 and delimiter in second:
        return Recognised(
            why="a table without headings that Poise knows; its first line must name the columns conversation (or "
            "conversation_id, ticket_id, call_id) and text (or message, body, utterance), and person (or speaker, "
            "author) or role"
        )
    return Recognised(why="no format that Poise knows; formats can be forced")
