"""Distinct words, each looked at once: what a word means to phrases, overlap and reading grade.

Text becomes columns of word numbers; every property of a word is then one gather. The table grows with the words
met and starts afresh above a bound, so that memory does not grow with the number of turns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from poise.languages import LANGUAGES, Language

__all__ = ["FILLER", "LANGUAGE_CODES", "NEGATOR", "NUMBER", "OPENER", "STOP", "Vocabulary", "frequencies"]

LANGUAGE_CODES: tuple[str, ...] = tuple(LANGUAGES)
"""Languages by their number in a stream; -1 is any other language."""

STOP, NEGATOR, FILLER, OPENER, NUMBER = 1, 2, 4, 8, 16
"""Flags of a word: function word, negator, filler, opens a question, a number."""

MAX_VOCABULARY = 400_000
_STRETCHED = re.compile(r"(.)\1{2,}")
_UNKNOWN_RARITY = 16.0  # bits: about one in 65,000 words


@lru_cache(maxsize=8)
def frequencies(code: str) -> dict[str, float]:
    """Return relative word frequencies of general language (wordfreq, Speer 2022) by language code."""
    from wordfreq import get_frequency_dict

    return dict(get_frequency_dict(code, wordlist="small"))


def syllables(word: str, vowels: str) -> int:
    """Return the vowel groups of ``word``, without a silent final e; at least 1."""
    groups = 0
    inside = False
    for letter in word:
        vowel = letter in vowels
        groups += vowel and not inside
        inside = vowel
    if groups > 1 and word.endswith("e") and not word.endswith("le") and "e" in vowels:
        groups -= 1
    return max(groups, 1)


class Vocabulary:
    """Words met so far, by 64-bit hash, with their properties as arrays.

    Parameters
    ----------
    phrase_words
        For each language in :data:`LANGUAGE_CODES`: word (or ``prefix*``) of some phrase -> its number, from 1.
    frequent
        For each language: relative frequency of its words (:func:`frequencies`).

    Attributes
    ----------
    phrase_word : int32 array
        Number of the phrase word that this word stands for, 0 where no phrase has it.
    prefix : int8 array
        Letters of the word that stand before the phrase word (Hebrew).
    flags : uint8 array
        Sum of STOP, NEGATOR, FILLER, OPENER, NUMBER.
    stem : int32 array
        Number of the stem, equal for forms of one word.
    rarity : float32 array
        Bits of surprise (minus log2 of the word's frequency in the language).
    syllables, letters : uint8 arrays
    hash : uint64 array
        What tells the word from others, in its language; the same in every run.
    words : list of str
        The words themselves, folded; a new list whenever the table starts afresh.
    """

    def __init__(self, phrase_words: Sequence[dict[str, int]], frequent: Sequence[Mapping[str, float]]) -> None:
        self._frequent = frequent
        self._phrase_words = [{w: i for w, i in words.items() if not w.endswith("*")} for words in phrase_words]
        # what stands before a *, by its length, longest first
        self._openings: list[list[tuple[int, dict[str, int]]]] = []
        for known in phrase_words:
            by_length: dict[int, dict[str, int]] = {}
            for word, number in known.items():
                if word.endswith("*"):
                    by_length.setdefault(len(word) - 1, {})[word[:-1]] = number
            self._openings.append(sorted(by_length.items(), reverse=True))
        self._clear(1 << 15)

    def _clear(self, slots: int) -> None:
        self.size = 1  # word 0 is "no word"
        self.words: list[str] = [""]
        self._slots = np.zeros(slots, np.uint64)
        self._ids = np.zeros(slots, np.int32)
        self.hash = np.zeros(slots, np.uint64)
        self._stems: dict[tuple[int, str], int] = {}
        self.phrase_word = np.zeros(slots, np.int32)
        self.prefix = np.zeros(slots, np.int8)
        self.flags = np.zeros(slots, np.uint8)
        self.stem = np.zeros(slots, np.int32)
        self.rarity = np.zeros(slots, np.float32)
        self.syllables = np.ones(slots, np.uint8)
        self.letters = np.ones(slots, np.uint8)

    def start_batch(self) -> None:
        """Forget all words where there are too many; numbers of words hold within one batch only."""
        if self.size > MAX_VOCABULARY:
            self._clear(1 << 15)

    def lookup(self, hashes: NDArray[np.uint64]) -> NDArray[np.int32]:
        """Return the word numbers of ``hashes``; 0 where a word is new."""
        mask = np.uint64(len(self._slots) - 1)
        slot = (hashes & mask).astype(np.int64)
        out = np.zeros(len(hashes), np.int32)
        pending = np.arange(len(hashes))
        wanted = hashes
        while len(pending):
            there = self._slots[slot]
            hit = there == wanted
            out[pending[hit]] = self._ids[slot[hit]]
            on = ~hit & (there != 0)
            pending, wanted = pending[on], wanted[on]
            slot = (slot[on] + 1) & int(mask)
        return out

    def add(self, hashes: NDArray[np.uint64], words: Sequence[str], language: NDArray[np.int8]) -> None:
        """Add new words; ``words`` are lower-cased and folded, ``language`` numbers their languages."""
        need = self.size + len(hashes)
        while need * 2 > len(self._slots):
            self._grow()
        for value, word, code in zip(hashes.tolist(), words, language.tolist(), strict=True):
            number = self.size
            self.size += 1
            self._place(value, number)
            self.words.append(word)
            self._describe(number, word, int(code))

    def _place(self, value: int, number: int) -> None:
        mask = len(self._slots) - 1
        slot = value & mask
        while self._slots[slot]:
            slot = (slot + 1) & mask
        self._slots[slot] = value
        self._ids[slot] = number
        self.hash[number] = value

    def _grow(self) -> None:
        old = self.hash[1 : self.size].tolist()
        slots = len(self._slots) * 2
        for name in ("hash", "phrase_word", "prefix", "flags", "stem", "rarity", "syllables", "letters"):
            array = getattr(self, name)
            setattr(self, name, np.concatenate([array, np.zeros(slots - len(array), array.dtype)]))
        self._slots = np.zeros(slots, np.uint64)
        self._ids = np.zeros(slots, np.int32)
        for number, value in enumerate(old, start=1):
            self._place(value, number)

    def _describe(self, number: int, word: str, code: int) -> None:
        self.letters[number] = min(len(word), 255)
        if word.isdigit():
            self.flags[number] = NUMBER
            self.rarity[number] = _UNKNOWN_RARITY
            self.stem[number] = self._stem(code, word)
            if code >= 0:
                self.phrase_word[number] = self._find(word, code, LANGUAGES[LANGUAGE_CODES[code]])[0]
            return
        if code < 0:
            return
        language = LANGUAGES[LANGUAGE_CODES[code]]
        plain = self._plain(word, language)
        phrase_word, prefix = self._find(plain, code, language)
        self.phrase_word[number] = phrase_word
        self.prefix[number] = prefix
        bare = plain[prefix:] if prefix else plain
        flags = 0
        if plain in language.stop_words or bare in language.stop_words:
            flags |= STOP
        if plain in language.negators:
            flags |= NEGATOR
        if plain in language.fillers:
            flags |= FILLER
        if plain in language.question_words:
            flags |= OPENER
        self.flags[number] = flags
        root = self._root(plain, language)
        self.stem[number] = self._stem(code, root)
        known = self._frequent[code]
        frequency = known.get(plain) or known.get(root) or 0.0
        self.rarity[number] = min(-np.log2(frequency), _UNKNOWN_RARITY) if frequency else _UNKNOWN_RARITY
        self.syllables[number] = min(syllables(plain, language.vowels), 255)

    def _plain(self, word: str, language: Language) -> str:
        """Fold spelling variants and stretched letters ("sooo")."""
        folded = language.variants.get(word)
        if folded is not None:
            return folded
        if _STRETCHED.search(word):
            for short in (_STRETCHED.sub(r"\1\1", word), _STRETCHED.sub(r"\1", word)):
                short = language.variants.get(short, short)
                if short in self._phrase_words[LANGUAGE_CODES.index(language.code)]:
                    return short
            return _STRETCHED.sub(r"\1", word)
        return word

    def _find(self, word: str, code: int, language: Language) -> tuple[int, int]:
        """Return the phrase word that ``word`` stands for, and how many letters stand before it."""
        exact = self._phrase_words[code]
        for prefix in range(min(language.max_prefixes, max(len(word) - 2, 0)) + 1):
            if prefix and word[prefix - 1] not in language.prefixes:
                break
            rest = word[prefix:]
            found = exact.get(rest)
            if found is not None:
                return found, prefix
            for length, openings in self._openings[code]:
                number = openings.get(rest[:length])
                if number is not None:
                    return number, prefix
        return 0, 0

    def _root(self, word: str, language: Language) -> str:
        bare = word
        for _ in range(language.max_prefixes):
            if len(bare) > 4 and bare[0] in language.prefixes:
                bare = bare[1:]
            else:
                break
        for ending in language.plural_endings:
            if bare.endswith(ending) and len(bare) - len(ending) >= 3:
                return bare[: -len(ending)]
        return bare

    def _stem(self, code: int, root: str) -> int:
        return self._stems.setdefault((code, root), len(self._stems) + 1)
