"""The little language in which phrases are written, and what it expands to.

``(a|b c)`` alternatives, ``[a]`` optional, ``word*`` any ending, ``_`` one word, ``...`` up to five words of the
same sentence, ``^`` start of a sentence, ``$`` its end, ``<list>`` a word list of the language.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from poise.languages import Language

__all__ = ["GAP_WORDS", "MAX_FORMS", "Form", "PhraseError", "expand", "fold_word"]

MAX_FORMS = 2_000
"""Forms one phrase may expand to; more is a sign of two phrases in one."""
MAX_WORDS = 12
_FREE_FORMS = 150
"""Forms above which a phrase is cut into segments that are matched one after the other instead of all together."""
GAP_WORDS = 5
"""Words that ``...`` may stand for."""

_TOKEN = re.compile(r"\.\.\.|[()|\[\]^$]|<[\w-]+>|[^\s()|\[\]^$<>]+")
_WORD = re.compile(r"[^\W_]+(?:['\"][^\W_]+)*\*?")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ`´׳′", "'") | dict.fromkeys("“”״″", '"'))


class PhraseError(ValueError):
    """A phrase that cannot be read, or that no text can ever match."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a phrase: parts with gaps between them.

    Parameters
    ----------
    parts
        For each part its alternatives: runs of words that must follow each other; a word may end in ``*``.
    gaps
        For each part but the first: fewest and most words between it and the part before.
    at_start, at_end
        Must open or close a sentence.
    """

    parts: tuple[tuple[tuple[str, ...], ...], ...]
    gaps: tuple[tuple[int, int], ...] = ()
    at_start: bool = False
    at_end: bool = False


@lru_cache(maxsize=200_000)
def fold_word(word: str) -> str:
    """Return ``word`` lower-cased, with one kind of apostrophe and without combining marks of Hebrew."""
    word = unicodedata.normalize("NFC", word).translate(_APOSTROPHES).lower()
    return "".join(c for c in word if not ("\u0591" <= c <= "\u05c7" and unicodedata.combining(c)))


# a sequence is a list of choices; a choice is a list of sequences of atoms; an atom is a word or a gap
_GAPS = {"...": (0, GAP_WORDS), "_": (1, 1)}


def _sequence(tokens: list[str], at: int, language: Language, closing: str) -> tuple[list[tuple[str, ...]], int]:
    """Read alternatives up to ``closing``; return all their forms as tuples of atoms."""
    alternatives: list[tuple[str, ...]] = []
    current: list[list[tuple[str, ...]]] = []

    def close() -> None:
        count = 1
        for choice in current:
            count *= len(choice)
        if count > MAX_FORMS:
            raise PhraseError(f"expands to {count} forms; at most {MAX_FORMS}: split it into several phrases")
        if not current and closing:
            raise PhraseError("an alternative is empty: write [a] for an optional word")
        alternatives.extend(tuple(atom for part in chosen for atom in part) for chosen in product(*current))

    while at < len(tokens):
        token = tokens[at]
        if token == closing and closing:
            close()
            return alternatives, at + 1
        at += 1
        if token == "|":
            if not closing:
                raise PhraseError("| stands outside of (…)")
            close()
            current = []
        elif token in "([":
            inner, at = _sequence(tokens, at, language, ")" if token == "(" else "]")
            current.append([(), *inner] if token == "[" else inner)
        elif token in ")]":
            raise PhraseError(f"{token} closes nothing")
        elif token.startswith("<") and token.endswith(">"):
            name = token[1:-1]
            if name not in language.lists:
                known = ", ".join(sorted(language.lists)) or "none"
                raise PhraseError(f"the list {token} does not exist in {language.code}; there are: {known}")
            forms: list[tuple[str, ...]] = []
            for entry in language.lists[name]:
                read, _ = _sequence(_TOKEN.findall(entry), 0, language, "")
                forms.extend(read)
            current.append(forms)
        else:
            current.append([(token,)])
    if closing:
        raise PhraseError(f"{closing} is missing")
    close()
    return alternatives, at


def _fold(atom: str, language: Language) -> str | None:
    """Fold one word as text is folded; None where it is a filler, which text drops too."""
    if atom in _GAPS:
        return atom
    if not _WORD.fullmatch(atom):
        raise PhraseError(f"{atom!r} can never match: a word has letters, digits and inner apostrophes only")
    if atom.endswith("*"):
        return atom
    word = language.variants.get(atom, atom)
    return None if word in language.fillers else word


def _pieces(
    atoms: tuple[str, ...], folded: dict[str, str | None]
) -> tuple[list[tuple[str, ...]], list[tuple[int, int]]]:
    """Cut one form at its gaps, its words folded; the first part is empty where nothing is left."""
    words: list[str] = []
    for atom in atoms:
        word = folded[atom]
        # text drops immediate repetitions ("the the"), so phrases do too
        if word is not None and (not words or word != words[-1] or word in _GAPS):
            words.append(word)
    if len(words) > MAX_WORDS:
        raise PhraseError(f"has more than {MAX_WORDS} words")
    if not _GAPS.keys() & words:
        return [tuple(words)], []
    parts: list[list[str]] = [[]]
    gaps: list[tuple[int, int]] = []
    for i, word in enumerate(words):
        if word not in _GAPS:
            parts[-1].append(word)
        elif i and words[i - 1] in _GAPS:  # a gap after a gap adds to it
            gaps[-1] = (gaps[-1][0] + _GAPS[word][0], gaps[-1][1] + _GAPS[word][1])
        else:
            gaps.append(_GAPS[word])
            parts.append([])
    return [tuple(part) for part in parts], gaps


def _items(tokens: list[str]) -> list[list[str]]:
    """Return the words and whole brackets that stand outside of all other brackets."""
    items: list[list[str]] = []
    depth = 0
    for token in tokens:
        if depth:
            items[-1].append(token)
        else:
            items.append([token])
        depth += (token in "([") - (token in ")]")
    return items


def _segments(tokens: list[str], language: Language) -> tuple[list[list[tuple[str, ...]]], list[tuple[int, int]]]:
    """Cut a phrase where what stands before and behind is free of each other; return forms of each segment, and gaps.

    It is cut at gaps, and where the product of the alternatives would grow too large: such a cut is a gap of no words.
    """
    segments: list[list[tuple[str, ...]]] = [[()]]
    gaps: list[tuple[int, int]] = []
    items = _items(tokens)
    # an optional gap at either end asks for nothing
    while items and (edge := _gap_of(items[0])) is not None and edge[0] == 0 and len(items[0]) > 1:
        items.pop(0)
    while items and (edge := _gap_of(items[-1])) is not None and edge[0] == 0 and len(items[-1]) > 1:
        items.pop()
    for item in items:
        gap = _gap_of(item)
        if gap is not None:
            if segments[-1] == [()]:
                if not gaps:
                    raise PhraseError("a gap (... or _) must have words on both sides")
                gaps[-1] = (gaps[-1][0] + gap[0], gaps[-1][1] + gap[1])
            else:
                _close(segments, gaps)
                gaps.append(gap)
                segments.append([()])
            continue
        forms, _ = _sequence(item, 0, language, "")
        if len(segments[-1]) * len(forms) > _FREE_FORMS and () not in segments[-1]:
            gaps.append((0, 0))
            segments.append(forms)
        else:
            segments[-1] = _product(segments[-1], forms)
    if gaps and segments[-1] == [()]:
        raise PhraseError("a gap (... or _) must have words on both sides")
    _close(segments, gaps)
    return segments, gaps


def _close(segments: list[list[tuple[str, ...]]], gaps: list[tuple[int, int]]) -> None:
    """Join the last segment to the one before where all of it is optional and nothing stands between them."""
    while len(segments) > 1 and () in segments[-1] and gaps[-1] == (0, 0):
        last = segments.pop()
        gaps.pop()
        segments[-1] = _product(segments[-1], last)


def _product(before: list[tuple[str, ...]], after: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    size = len(before) * len(after)
    if size > MAX_FORMS:
        raise PhraseError(f"expands to {size} forms; at most {MAX_FORMS}: split it into several phrases")
    return [head + tail for head in before for tail in after]


def _gap_of(item: list[str]) -> tuple[int, int] | None:
    """Return the fewest and most words of a gap, ``[_]`` being an optional one; None for what is no gap."""
    if len(item) == 1:
        return _GAPS.get(item[0])
    if len(item) == 3 and item[0] == "[" and item[1] in _GAPS:
        return 0, _GAPS[item[1]][1]
    return None


def expand(phrase: str, language: Language) -> list[Form]:
    """Return every form of ``phrase``, without duplicates, in a fixed order.

    Raises
    ------
    PhraseError
        Where the phrase cannot be read, can never match, or expands to too many forms.
    """
    known = _expanded.get((phrase, language.code))
    if known is None:
        known = _expanded[phrase, language.code] = _expand(phrase, language)
    return known


# files are checked and then compiled: the second time nothing is left to do
_expanded: dict[tuple[str, str], list[Form]] = {}


def _expand(phrase: str, language: Language) -> list[Form]:
    folded = fold_word(phrase)
    tokens = _TOKEN.findall(folded)
    if "".join(tokens) != re.sub(r"\s+", "", folded):
        raise PhraseError("has a character that phrases cannot hold (punctuation is never part of a phrase)")
    at_start = bool(tokens) and tokens[0] == "^"
    at_end = bool(tokens) and tokens[-1] == "$"
    tokens = tokens[at_start : len(tokens) - at_end]
    if "^" in tokens or "$" in tokens:
        raise PhraseError("^ stands at the start only, $ at the end only")
    choices, between = _segments(tokens, language)
    folds = {atom: _fold(atom, language) for atom in {atom for side in choices for atoms in side for atom in atoms}}
    sides = [[_pieces(atoms, folds) for atoms in side] for side in choices]
    if all(not gaps for side in sides for _, gaps in side):
        free = tuple(tuple(dict.fromkeys(parts[0] for parts, _ in side)) for side in sides)
        if any(() in side for side in free):
            raise PhraseError("matches nothing: all of its words (on one side of a gap) are optional or fillers")
        return [Form(free, tuple(between), at_start, at_end)]
    # a gap within brackets belongs to one alternative: every form is written out
    sequences, _ = _sequence(tokens, 0, language, "")
    if len(sequences) > MAX_FORMS:
        raise PhraseError(f"expands to {len(sequences)} forms; at most {MAX_FORMS}: split it into several phrases")
    folds = {atom: _fold(atom, language) for atom in {atom for atoms in sequences for atom in atoms}}
    forms: dict[Form, None] = {}
    for parts, gaps in (_pieces(atoms, folds) for atoms in sequences):
        if parts == [()]:
            raise PhraseError("matches nothing: all of its words are optional or fillers")
        if not all(parts):
            raise PhraseError("a gap (... or _) must have words on both sides")
        forms[Form(tuple((part,) for part in parts), tuple(gaps), at_start, at_end)] = None
    return list(forms)
