"""The turns of a batch as columns of numbers: code points, words, sentences, sides.

All texts are joined into one array of code points. Marks and invisible characters are left out; the positions
of what is kept are the map back to the original, so that every span is exact in the text as it was read.
"""

from __future__ import annotations

import sys
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from poise.detection.vocabulary import FILLER, LANGUAGE_CODES, STOP, Vocabulary
from poise.languages import language
from poise.model import ASSESSED, COUNTERPART, Tables

__all__ = ["AGENT", "COLLEAGUE", "CUSTOMER", "OTHER", "Stream", "read_stream"]

OTHER, AGENT, CUSTOMER, COLLEAGUE = 0, 1, 2, 3
"""Sides: bots and system lines; whoever is assessed; the counterpart; colleagues."""

_SEPARATOR, _LETTER, _JOINER, _STOP, _PAUSE, _DROPPED, _HYPHEN = range(7)
_STOPS: Final = ".!?…。！？\n\r\u2028\u2029"
_PAUSES: Final = ",;:–—()[]{}«»/،"
_HYPHENS: Final = "-‐‑־"
_APOSTROPHES: Final = "'’‘ʼ`´׳′"
_QUOTES: Final = '"“”״″'
_NAME_LETTERS: Final = 3  # shorter parts of a name are initials or common words
_BASE: Final = np.uint64(0x9E3779B97F4A7C15 | 1)
_INVERSE: Final = np.uint64(pow(int(_BASE), -1, 1 << 64))
_MIX: Final = np.uint64(0xBF58476D1CE4E5B9)


_IDEOGRAPHS: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x30000))
"""Code points that are letters without case, all of them."""
_VARIED: Final = ((0, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xD7A4, 0xD800), (0xE000, 0x20000))
"""The rest of the planes that hold letters."""


@lru_cache(maxsize=1)
def _tables() -> tuple[NDArray[np.uint8], NDArray[np.uint32], NDArray[np.bool_]]:
    """Return class, folded code point and "is a capital" for every code point."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    folded = np.arange(sys.maxunicode + 1, dtype=np.uint32)
    capital = np.zeros(sys.maxunicode + 1, np.bool_)
    for first, after in _IDEOGRAPHS:
        kinds[first:after] = _LETTER
    for code in (c for first, after in _VARIED for c in range(first, after)):
        char = chr(code)
        category = unicodedata.category(char)
        if category in ("Mn", "Me", "Cf"):
            kinds[code] = _DROPPED
        elif category[0] in "LN" or category == "Mc":
            kinds[code] = _LETTER
            lower = char.lower()
            if len(lower) == 1:
                folded[code] = ord(lower)
            capital[code] = category == "Lu"
    kinds[0xE0000:0xE01F0] = _DROPPED
    for chars, kind in ((_STOPS, _STOP), (_PAUSES, _PAUSE), (_HYPHENS, _HYPHEN)):
        for char in chars:
            kinds[ord(char)] = kind
    for chars, plain in ((_APOSTROPHES, "'"), (_QUOTES, '"')):
        for char in chars:
            kinds[ord(char)] = _JOINER
            folded[ord(char)] = ord(plain)
    for char in "？":
        folded[ord(char)] = ord("?")
    return kinds, folded, capital


@dataclass(frozen=True, slots=True)
class Stream:
    """Turns (length T), words (length N) and sentences of one batch.

    Rows of turns are those of ``tables.turns``. A *block* is a run of public turns of one side in one conversation:
    who holds the floor. A *participant* is one person in one conversation.
    """

    tables: Tables
    vocabulary: Vocabulary
    # turns
    conversation: NDArray[np.int32]  # row of tables.conversations
    number: NDArray[np.int32]  # 0-based within the conversation
    side: NDArray[np.int8]
    participant: NDArray[np.int32]
    language: NDArray[np.int8]  # index into LANGUAGE_CODES, -1 for none
    private: NDArray[np.bool_]
    length: NDArray[np.int32]  # code points
    first_word: NDArray[np.int64]  # T + 1
    block: NDArray[np.int32]
    capitals: NDArray[np.int32]
    letters: NDArray[np.int32]
    exclamations: NDArray[np.int32]
    marked: NDArray[np.bool_]  # has a sentence mark of its own
    # words, fillers and repetitions left out
    word: NDArray[np.int32]  # number in the vocabulary
    turn: NDArray[np.int32]  # row of turns
    sentence: NDArray[np.int32]
    clause: NDArray[np.int32]
    begin: NDArray[np.int32]  # code points in the original text
    end: NDArray[np.int32]
    # sentences
    asks: NDArray[np.bool_]  # ends in a question mark
    # conversations
    first_turn: NDArray[np.int64]  # C + 1: rows of turns of each conversation
    # participants
    people: NDArray[np.int32]  # first row of turns of each participant
    # words of the names of the counterparts whose names are known
    named: NDArray[np.int32]  # row of conversations
    name_word: NDArray[np.int32]

    @property
    def words_of_turn(self) -> NDArray[np.int64]:
        """Number of words of each turn."""
        return np.diff(self.first_word)


def _codes(table: pl.DataFrame, tables: Tables) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return each turn's conversation row, and where each conversation's turns begin."""
    ids = tables.conversations["conversation"]
    if not len(table):
        return np.zeros(0, np.int32), np.zeros(len(ids) + 1, np.int64)
    runs = table["conversation"].rle().struct.unnest()
    lengths = runs["len"].to_numpy().astype(np.int64)
    rows = (
        pl.DataFrame({"conversation": runs["value"]})
        .join(ids.to_frame().with_row_index("row"), on="conversation", how="left", maintain_order="left")["row"]
        .to_numpy()
    )
    conversation = np.repeat(rows.astype(np.int32), lengths)
    first = np.searchsorted(conversation, np.arange(len(ids) + 1))
    return conversation, first


def _fold_text(texts: pl.Series) -> tuple[NDArray[np.uint32], NDArray[np.int64], NDArray[np.int64]]:
    """Return the code points of all texts with a line end after each, where each text begins, and lengths."""
    lengths = texts.str.len_chars().to_numpy().astype(np.int64)
    joined = "\n".join(texts.to_list()) + "\n"
    points = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
    starts = np.concatenate([[0], np.cumsum(lengths + 1)])
    return points, starts, lengths


_power_tables: list[NDArray[np.uint64]] = [np.ones(1, np.uint64), np.ones(1, np.uint64)]


def _powers(n: int) -> list[NDArray[np.uint64]]:
    """Return at least ``n`` powers of the base and of its inverse, kept between batches."""
    if len(_power_tables[0]) < n:
        size = 1 << n.bit_length()
        for k, factor in enumerate((_BASE, _INVERSE)):
            table = np.full(size, factor, np.uint64)
            table[0] = 1
            _power_tables[k] = np.cumprod(table)
    return _power_tables


def _strings(points: NDArray[np.uint32], begin: NDArray[np.int64], end: NDArray[np.int64]) -> list[str]:
    return [
        points[b:e].tobytes().decode("utf-32-le", "replace") for b, e in zip(begin.tolist(), end.tolist(), strict=True)
    ]


def read_stream(tables: Tables, vocabulary: Vocabulary) -> Stream:
    """Turn a batch of conversations into columns of numbers.

    Parameters
    ----------
    tables
        Turns contiguous by conversation, in the order of ``tables.conversations``.
    vocabulary
        Words met so far; new ones are added.
    """
    turns = tables.turns
    vocabulary.start_batch()
    kinds, fold, capital = _tables()
    conversation, first_turn = _codes(turns, tables)
    n_turns = len(turns)
    codes = {code: i for i, code in enumerate(LANGUAGE_CODES)}
    spoken = tables.conversations["language"].unique().to_list()
    known = {code: codes[found.code] if (found := language(code)) else -1 for code in spoken}
    by_conversation = (
        tables.conversations["language"].replace_strict(known, default=-1, return_dtype=pl.Int8).to_numpy()
        if spoken
        else np.zeros(0, np.int8)
    )
    spoken_in = by_conversation[conversation].astype(np.int8)

    name_row, names = _names(tables)
    spoken_in = np.concatenate([spoken_in, by_conversation[name_row].astype(np.int8)])
    points, starts, lengths = _fold_text(pl.concat([turns["text"], names]))
    kind = kinds[points]
    shouted = np.concatenate([[0], np.cumsum(capital[points], dtype=np.int64)])
    lettered = np.concatenate([[0], np.cumsum(kind == _LETTER, dtype=np.int64)])
    exclaimed = np.concatenate([[0], np.cumsum(points == ord("!"), dtype=np.int64)])

    if (kind == _DROPPED).any():
        kept = np.flatnonzero(kind != _DROPPED)
        kind = kind[kept]
        folded = fold[points[kept]]
    else:
        kept = np.arange(len(points))
        folded = fold[points]

    # a word is a run of letters; a joiner counts where letters stand on both sides
    letter = kind == _LETTER
    inner = np.flatnonzero(kind == _JOINER)
    inner = inner[(inner > 0) & (inner < len(kind) - 1)]
    inner = inner[letter[inner - 1] & letter[inner + 1]]
    # a double quote joins Hebrew letters only (צה"ל)
    quote = folded[inner] == ord('"')
    hebrew = (folded[inner - 1] >= 0x5D0) & (folded[inner - 1] <= 0x5EA)
    inner = inner[~quote | hebrew]
    part = letter.copy()
    part[inner] = True
    edge = np.diff(part.astype(np.int8), prepend=0, append=0)
    start = np.flatnonzero(edge == 1)
    stop = np.flatnonzero(edge == -1)

    # sentences end at . ! ? … and line ends; a full stop before a letter or digit ends none (4.90, example.com)
    ends = np.flatnonzero(kind == _STOP)
    dot = folded[ends] == ord(".")
    after = np.minimum(ends + 1, max(len(kind) - 1, 0))
    ends = ends[~(dot & letter[after])] if len(ends) else ends
    pauses = np.flatnonzero(kind == _PAUSE)
    breaks = np.zeros(len(kind), np.int8)
    breaks[ends] = 1
    sentence = np.cumsum(breaks, dtype=np.int32)[start]
    breaks[pauses] = 1
    clause = np.cumsum(breaks, dtype=np.int32)[start]
    asks = folded[ends] == ord("?")
    # "?!" and "??": the sentence asks though its last mark is another
    if len(ends) > 1:
        asks[:-1] |= asks[1:] & (np.diff(ends) == 1)

    row = np.repeat(
        np.arange(len(lengths), dtype=np.int32), np.diff(np.searchsorted(kept[start] if len(start) else start, starts))
    )
    # hash of a run = difference of prefix sums of code points times powers of an odd base (mod 2^64)
    with np.errstate(over="ignore"):
        powers, inverses = _powers(len(folded) + 1)
        sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(folded.astype(np.uint64) * powers[: len(folded)])])
        hashes = (sums[stop] - sums[start]) * inverses[start]
        plain = hashes
        code = spoken_in[row].astype(np.int64)
        hashes = hashes ^ ((code + 2).astype(np.uint64) * _MIX)
        hashes ^= hashes >> np.uint64(29)
        hashes = hashes * _MIX
        hashes ^= hashes >> np.uint64(32)
        hashes |= np.uint64(1)
    word = vocabulary.lookup(hashes)
    new = np.flatnonzero(word == 0)
    if len(new):
        fresh, at = np.unique(hashes[new], return_index=True)
        first = new[at]
        vocabulary.add(fresh, _strings(folded, start[first], stop[first]), spoken_in[row[first]])
        word[new] = vocabulary.lookup(hashes[new])

    # leave out fillers, cut-off words ("th- the") and immediate repetitions ("the the")
    drop = (vocabulary.flags[word] & FILLER).astype(bool)
    if len(word) > 1:
        # a repetition counts only among words that are kept
        candidates = np.flatnonzero(~drop)
        hyphen = kind[np.minimum(stop, len(kind) - 1)] == _HYPHEN
        loose = hyphen & ~part[np.minimum(stop + 1, len(kind) - 1)]
        with np.errstate(over="ignore"):
            following = np.minimum(np.arange(len(word)) + 1, len(word) - 1)
            size = stop - start
            ahead = np.minimum(start[following] + size, len(folded))
            opening = (sums[ahead] - sums[start[following]]) * inverses[start[following]]
        same_turn = row == row[following]
        cut = loose & ((same_turn & (opening == plain) & (following > np.arange(len(word)))) | (size <= 2))
        drop |= cut
        candidates = np.flatnonzero(~drop)
        again = np.zeros(len(candidates), bool)
        again[1:] = (
            (word[candidates[1:]] == word[candidates[:-1]])
            & (sentence[candidates[1:]] == sentence[candidates[:-1]])
            & (row[candidates[1:]] == row[candidates[:-1]])
        )
        drop[candidates[again]] = True
    stay = np.flatnonzero(~drop)

    # what was dropped right behind a word (a vowel mark) belongs to it; a prefix that was taken off does not
    beyond = np.append(kept, len(points))
    offset = starts[row]
    begin = (kept[start + vocabulary.prefix[word]] - offset).astype(np.int32) if len(start) else np.zeros(0, np.int32)
    end = (beyond[stop] - offset).astype(np.int32) if len(start) else np.zeros(0, np.int32)

    # names stand behind the turns
    named = stay[row[stay] >= n_turns]
    stay = stay[row[stay] < n_turns]
    is_name = ~(vocabulary.flags[word[named]] & STOP).astype(bool) & (vocabulary.letters[word[named]] >= _NAME_LETTERS)
    named = named[is_name]
    word_kept, row_kept = word[stay], row[stay]
    role = turns["role"]
    side = np.zeros(n_turns, np.int8)
    side[role.is_in(list(ASSESSED)).to_numpy()] = AGENT
    side[role.is_in(list(COUNTERPART)).to_numpy()] = CUSTOMER
    side[(role == "colleague").to_numpy()] = COLLEAGUE
    private = turns["private"].fill_null(False).to_numpy().astype(bool)
    person = turns["person"].to_physical() if turns["person"].dtype == pl.Categorical else turns["person"].rank("dense")
    people_code = person.fill_null(0).to_numpy().astype(np.int64)
    pair = conversation.astype(np.int64) * (int(people_code.max(initial=0)) + 1) + people_code
    _, people, participant = np.unique(pair, return_index=True, return_inverse=True)

    bounds = starts[: n_turns + 1]
    full = ends[(folded[ends] != ord("\n")) & (folded[ends] != ord("\r"))]
    marked = np.zeros(len(lengths), bool)
    marked[np.searchsorted(starts, kept[full], side="right") - 1] = True
    return Stream(
        tables=tables,
        vocabulary=vocabulary,
        conversation=conversation,
        number=turns["turn"].to_numpy().astype(np.int32),
        side=side,
        participant=participant.astype(np.int32),
        language=spoken_in[:n_turns],
        private=private,
        length=lengths[:n_turns].astype(np.int32),
        first_word=np.searchsorted(row_kept, np.arange(n_turns + 1)),
        block=_blocks(conversation, side, private),
        capitals=(shouted[bounds[1:]] - shouted[bounds[:-1]]).astype(np.int32),
        letters=(lettered[bounds[1:]] - lettered[bounds[:-1]]).astype(np.int32),
        exclamations=(exclaimed[bounds[1:]] - exclaimed[bounds[:-1]]).astype(np.int32),
        marked=marked[:n_turns],
        word=word_kept,
        turn=row_kept,
        sentence=sentence[stay],
        clause=clause[stay],
        begin=begin[stay],
        end=end[stay],
        asks=asks,
        first_turn=first_turn,
        people=people.astype(np.int32),
        named=name_row[row[named] - n_turns].astype(np.int32),
        name_word=word[named],
    )


def _names(tables: Tables) -> tuple[NDArray[np.int64], pl.Series]:
    """Return the row of the conversation and the name of each counterpart whose name is known."""
    people = tables.people.filter(pl.col("role").is_in(list(COUNTERPART)) & pl.col("name").is_not_null())
    rows = people.join(
        tables.conversations.select("conversation").with_row_index("row"), on="conversation", maintain_order="left"
    )
    return rows["row"].to_numpy().astype(np.int64), rows["name"]


def _blocks(conversation: NDArray[np.int32], side: NDArray[np.int8], private: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Number the runs of one side; private notes, bots and colleagues do not break a run."""
    public = np.flatnonzero(~private & ((side == AGENT) | (side == CUSTOMER)))
    block = np.full(len(side), -1, np.int32)
    if len(public):
        change = np.ones(len(public), bool)
        change[1:] = (side[public[1:]] != side[public[:-1]]) | (conversation[public[1:]] != conversation[public[:-1]])
        block[public] = np.cumsum(change) - 1
    return block
