"""The trie walk over columns against a matcher that anyone can check by eye."""

import re
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from poise.detection.phrases import compile_phrases, find_phrases
from poise.detection.stream import read_stream
from poise.knowledge.phrases import expand
from poise.knowledge.schema import PhraseSet, Signal
from poise.languages import LANGUAGES
from poise.model import CONVERSATIONS, PEOPLE, TURNS, Tables, empty

WORDS = ["ab", "cd", "ef", "gh", "abx"]


def entry(name: str, match: list[str], *, code: str = "en", **more: list[str]) -> Signal:
    title = {"en": name}
    phrases = {code: PhraseSet(match=match, **more)}
    return Signal(id=name, side="agent", title=title, definition="", phrases=phrases)


def tables(texts: list[str], code: str = "en") -> Tables:
    turns = [
        {"conversation": "c", "turn": n, "person": "a", "role": "agent", "text": text} for n, text in enumerate(texts)
    ]
    return Tables(
        pl.DataFrame([{"conversation": "c", "language": code}], schema=dict(CONVERSATIONS)),
        empty(PEOPLE),
        pl.DataFrame(turns, schema=dict(TURNS)),
    )


def found(entries: list[Signal], texts: list[str], code: str = "en") -> list[tuple[str, int, str]]:
    table = compile_phrases({e.id: e for e in entries})
    stream = read_stream(tables(texts, code), table.vocabulary())
    out = []
    for name, marks in find_phrases(stream, table).items():
        for first, last, turn in zip(marks.first, marks.last, marks.turn, strict=True):
            out.append((name, int(turn), texts[turn][stream.begin[first] : stream.end[last]]))
    return sorted(out)


def by_hand(phrase: str, sentence: list[str]) -> set[tuple[int, int]]:
    """Spans (first and last word) of a phrase in one sentence, by trying every place."""
    spans = set()

    def go(form, part: int, at: int, first: int) -> None:  # type: ignore[no-untyped-def]
        for alternative in form.parts[part]:
            end = at + len(alternative)
            here = sentence[at:end]
            fits = len(here) == len(alternative) and all(
                w.startswith(a[:-1]) if a.endswith("*") else w == a for w, a in zip(here, alternative, strict=True)
            )
            if not fits:
                continue
            if part == len(form.parts) - 1:
                if not form.at_end or end == len(sentence):
                    spans.add((first, end - 1))
                continue
            fewest, most = form.gaps[part]
            for width in range(fewest, most + 1):
                go(form, part + 1, end + width, first)

    for form in expand(phrase, LANGUAGES["en"]):
        for start in range(len(sentence)):
            if not form.at_start or start == 0:
                go(form, 0, start, start)
    return spans


def joined(spans: set[tuple[int, int]]) -> list[tuple[int, int]]:
    out: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if out and first <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


atoms = st.sampled_from([*WORDS, "ab*", "(ab|cd ef)", "[gh]", "..."])
phrases = (
    st.lists(atoms, min_size=1, max_size=4)
    .map(lambda parts: [p for p, q in pairwise([*parts, ""]) if not (p == "..." and q == "...")])
    .filter(lambda parts: parts and parts[0] != "..." and parts[-1] != "...")
    .map(" ".join)
    .filter(lambda text: re.sub(r"\[gh\]| |\.\.\.", "", text) != "")
)
sentences = st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).filter(
    lambda words: all(a != b for a, b in pairwise(words))
)


@settings(max_examples=300)
@given(st.lists(phrases, min_size=1, max_size=4), st.lists(sentences, min_size=1, max_size=4), st.booleans())
def test_every_phrase_is_found_and_nothing_else(patterns: list[str], said: list[list[str]], anchored: bool) -> None:
    written = [f"^ {p} $" if anchored else p for p in patterns]
    usable = []
    for phrase in written:
        try:
            expand(phrase, LANGUAGES["en"])
        except ValueError:
            continue
        usable.append(phrase)
    entries = [entry(f"e{n}", [phrase]) for n, phrase in enumerate(usable)]
    texts = [" ".join(words) + "." for words in said]
    expected = []
    for n, phrase in enumerate(usable):
        for turn, words in enumerate(said):
            for first, last in joined(by_hand(phrase, words)):
                expected.append((f"e{n}", turn, " ".join(words[first : last + 1])))
    assert found(entries, texts) == sorted(expected)


def test_phrases_do_not_cross_sentences_but_cross_commas() -> None:
    thanks = entry("thanks", ["thank you jane"])
    assert found([thanks], ["Thank you. Jane"]) == []
    assert found([thanks], ["thank you\njane"]) == []
    assert found([thanks], ["Thank you, Jane!"]) == [("thanks", 0, "Thank you, Jane")]


def test_a_decimal_point_or_an_address_ends_no_sentence() -> None:
    price = entry("price", ["pay 4 90 now"])
    assert found([price], ["You pay 4.90 now"]) == [("price", 0, "pay 4.90 now")]


def test_exceptions_cancel_what_they_overlap() -> None:
    thanks = entry("thanks", ["thanks"], except_=["thanks for nothing"])
    assert found([thanks], ["thanks for nothing", "thanks for all", "thanks. thanks for nothing"]) == [
        ("thanks", 1, "thanks"),
        ("thanks", 2, "thanks"),
    ]


def test_negation_counts_within_the_clause_and_three_words() -> None:
    sorry = entry("sorry", ["sorry"])
    assert found([sorry], ["I am not sorry"]) == []
    assert [f[1] for f in found([sorry], ["it did not work, sorry", "not one two three four sorry"])] == [0, 1]


def test_fillers_repetitions_and_cut_offs_do_not_hide_a_phrase() -> None:
    thanks = entry("thanks", ["thank you very much"])
    said = ["thank um you very very much", "th- thank you uh very much", "thank you you very much"]
    assert [f[1] for f in found([thanks], said)] == [0, 1, 2]


def test_an_open_ending_takes_figures_too() -> None:
    number = entry("a", ["order 8*", "room 12"])
    assert found([number], ["order 88213", "order 9", "room 12", "room 123"]) == [
        ("a", 0, "order 88213"),
        ("a", 2, "room 12"),
    ]


def test_spans_are_code_points_of_the_original() -> None:
    said = ["🙂👩‍👩‍👧 Thank you 🙂", "“Thank  you”", "\u200fThank\u200e you", "THANK YOU!!!"]
    spans = [text for _, _, text in found([entry("thanks", ["thank you"])], said)]
    assert spans == ["Thank you", "Thank  you", "Thank\u200e you", "THANK YOU"]


def test_hebrew_prefixes_and_marks() -> None:
    thanks = entry("thanks", ["תודה", "אשמח לעזור"], code="he")
    said = ["ותודה רבה", "תּוֹדָה לך!", "אמרתי שאשמח לעזור לך", "hello ותודה"]
    assert [(turn, text) for _, turn, text in found([thanks], said, "he")] == [
        (0, "תודה"),
        (1, "תּוֹדָה"),
        (2, "אשמח לעזור"),
        (3, "תודה"),
    ]


def test_gershayim_and_maqaf() -> None:
    report = entry("report", ['דו"ח'], code="he")
    assert [text for _, _, text in found([report], ["הנה דו״ח מלא", 'את הדו"ח'], "he")] == ["דו״ח", 'דו"ח']


def test_a_language_without_rules_has_no_hits() -> None:
    assert found([entry("thanks", ["merci"])], ["merci"], "fr") == []


def test_words_are_known_in_their_language_only() -> None:
    both = [entry("thanks", ["takk"], code="nb"), entry("other", ["takk"], code="en")]
    assert [name for name, _, _ in found(both, ["takk"], "nb")] == ["thanks"]
    assert [name for name, _, _ in found(both, ["takk"], "en")] == ["other"]


def test_empty_and_wordless_turns() -> None:
    assert found([entry("thanks", ["thanks"])], ["", "...", "🙂", "\n\n", "thanks"]) == [("thanks", 4, "thanks")]
