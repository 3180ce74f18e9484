"""Chunks into tables: what runs in worker processes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from poise.model import Tables
from poise.reading.assemble import assemble
from poise.reading.canonical import Conversation, as_problem, decode_lines
from poise.reading.chatwoot import read_chatwoot
from poise.reading.chunks import Chunk, Envelope
from poise.reading.columns import columns_of
from poise.reading.contact_lens import read_contact_lens
from poise.reading.corpus import read_convokit
from poise.reading.freshdesk import read_freshdesk
from poise.reading.intercom import read_intercom
from poise.reading.labels import checked_roles
from poise.reading.people import PeopleMap
from poise.reading.problems import RecordError, Reject, preview
from poise.reading.rows import columns_of_rows
from poise.reading.transcripts import read_abcd, read_captions, read_whisperx
from poise.reading.unchecked import Columns
from poise.reading.where import Where
from poise.reading.zendesk import read_zendesk, read_zendesk_chat

__all__ = ["parse"]

Reader = Callable[[bytes, Where], Conversation]
_READERS: Final[Mapping[str, Reader]] = {
    "abcd": read_abcd,
    "chatwoot": read_chatwoot,
    "contact-lens": read_contact_lens,
    "convokit": read_convokit,
    "freshdesk": read_freshdesk,
    "intercom": read_intercom,
    "srt": read_captions,
    "vtt": read_captions,
    "whisperx": read_whisperx,
    "zendesk": read_zendesk,
    "zendesk-chat": read_zendesk_chat,
}
_envelope: Final = msgspec.json.Decoder(Envelope).decode


def parse(
    chunk: Chunk,
    *,
    people: PeopleMap | None = None,
    roles: Mapping[str, str] | None = None,
    default_purpose: str = "coaching",
) -> Tables:
    """Read a chunk into tables.

    Parameters
    ----------
    chunk
        A piece of :func:`poise.reading.chunks.chunks`.
    people
        One agent's several names, and teams.
    roles
        Speaker's label -> role, for transcripts that only number their speakers; ``"*"`` is everyone not named.
    default_purpose
        The purpose of conversations that do not say theirs.

    Returns
    -------
    Tables
        Whole conversations only; what is wrong stands in ``rejects`` with file, line, field, problem and remedy.

    Raises
    ------
    InputError
        For a role in ``roles`` that does not exist.
    """
    where = Where(roles=checked_roles(roles), people=people)
    if chunk.format in ("csv", "parquet"):
        columns = columns_of_rows(chunk, where) if chunk.payload else Columns()
    elif chunk.format == "canonical" and not chunk.enveloped:
        found, lines, raws, rejects = decode_lines(chunk.payload, file=chunk.file, first_line=chunk.first_line)
        files = [chunk.file] * len(found)
        controls = (
            b"\\u00" in chunk.payload or b"\\b" in chunk.payload or b"\\f" in chunk.payload or b"\x7f" in chunk.payload
        )
        columns = columns_of(found, files=files, lines=lines, raws=raws, rejects=rejects, controls=controls)
    else:
        columns = _records(chunk, where)
    columns.rejects.extend(chunk.rejects)
    return assemble(columns, people=people, purpose=default_purpose)


def _records(chunk: Chunk, where: Where) -> Columns:
    """Read the records of a vendor's format one by one; what its reader refuses goes to the rejects."""
    found: list[Conversation] = []
    files: list[str] = []
    lines: list[int] = []
    raws: list[bytes] = []
    rejects: list[Reject] = []
    for number, raw in enumerate(chunk.payload.split(b"\n"), chunk.first_line):
        file, line, name = chunk.file, number, ""
        if not raw or raw.isspace():
            continue
        if chunk.enveloped:
            envelope = _envelope(raw)
            file, line, name, raw = envelope.file, envelope.line, envelope.name, bytes(envelope.raw)
        try:
            conversation = _read(chunk.format, raw.removeprefix(b"\xef\xbb\xbf"), name or f"record-{line}", where)
        except RecordError as problem:
            rejects.append(Reject(file, line, problem.field, problem.problem, problem.remedy, preview(raw)))
            continue
        found.append(conversation)
        files.append(file)
        lines.append(line)
        raws.append(raw)
    return columns_of(found, files=files, lines=lines, raws=raws, rejects=rejects)


def _read(format_: str, raw: bytes, name: str, where: Where) -> Conversation:
    try:
        if format_ == "canonical":
            found, _, _, rejects = decode_lines(raw, file="", first_line=1)
            if rejects:
                raise RecordError(rejects[0].field, rejects[0].problem, rejects[0].remedy)
            if not found:
                raise RecordError("", "empty", "Write one conversation (an object) a line")
            return found[0]
        return _READERS[format_](raw, Where(name, where.roles, where.people))
    except (msgspec.DecodeError, RecursionError) as error:
        problem = as_problem(error)
        if not problem.field:
            remedy = (
                "Export the file again"
                if "truncated" in problem.problem
                else f"Check that this is an export of {format_}"
            )
            raise RecordError("", problem.problem, remedy) from error
        raise RecordError(problem.field, problem.problem, f"Check that this is an export of {format_}") from error
    except UnicodeDecodeError as error:
        raise RecordError("", f"not UTF-8 at byte {error.start}", "Save the file as UTF-8") from error
