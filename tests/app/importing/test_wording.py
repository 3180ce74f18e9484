"""What reading refuses is said in the reader's language: every sentence that the code can say, with its values."""

from __future__ import annotations

import ast
import gzip
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

import poise.app
import poise.reading
from poise.app.accounts.models import User
from poise.app.importing.models import Import
from poise.app.importing.sentences import SENTENCES
from poise.app.importing.wording import worded, worded_error
from poise.reading import instants

HandIn = Callable[..., Import]
READING = sorted(Path(poise.reading.__file__).parent.glob("*.py"))
APP = Path(poise.app.__file__).parent
REFUSING = [*READING, APP / "conversations/storing.py", APP / "audit/erasing.py"]
PLACE = re.compile(r"%\((\w+)\)([sd])")
OWN = {"problem", "remedy", "why"}
SAID_BY = {  # where a call takes the problem and the remedy, or the reason
    "InputError": (0,),
    "RecordError": (1, 2),
    "Reject": (3, 4),
    "Recognised": (),
    "Skipped": (1,),
    "refuse": (2, 3),
    "refuse_turns": (2, 3),
    "_refuse": (2, 3),
}
VALUES = {  # what stands in an f-string, where it is no name or number
    "name": ("person", "rater", "item"),
    "wanted": ("person, rater and, where known, at",),
    "_kind(record)": ("a list", "a string", "null", "true or false", "a number"),
    "reasons or 'no files'": ("chats.txt: empty", "no files"),
}
TAKEN_OVER = re.compile(  # said elsewhere in this code, or by a library
    r"(\w+(\[0\])?\.(problem|remedy|why|strerror)|str\((error|record)\)|as_problem\(error\)|match\[.problem.\]"
    r"|problem|remedy|why|said)$"
)


class _Sentences(ast.NodeVisitor):
    """Walks a module for what it gives as problem, remedy or reason, and follows names to what they were given."""

    def __init__(self, module: ast.Module) -> None:
        self.found: list[tuple[int, str]] = []
        self.lost: list[tuple[int, str]] = []
        self.module = module
        self.given: dict[str, list[ast.expr]] = {}
        for node in ast.walk(module):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._give(target, node.value)
            elif isinstance(node, ast.AnnAssign) and node.value is not None:
                self._give(node.target, node.value)

    def _give(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for one, its in zip(target.elts, value.elts, strict=True):
                self._give(one, its)
        elif isinstance(target, ast.Name):
            self.given.setdefault(target.id, []).append(value)

    def visit_Call(self, node: ast.Call) -> None:
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SAID_BY:
            for place in SAID_BY[name]:
                if len(node.args) > place and not any(isinstance(one, ast.Starred) for one in node.args):
                    self.say(node.args[place])
            for keyword in node.keywords:
                if keyword.arg in OWN:
                    self.say(keyword.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        """Tables of sentences, and what a name keeps until it is said."""
        target, value = node.targets[0], node.value
        names = [one.id for one in ast.walk(target) if isinstance(one, ast.Name)]
        if isinstance(target, ast.Subscript) and names[:1] == ["wrong"] and isinstance(value, ast.Tuple):
            self.say(*value.elts)
        if names == ["problems"]:
            for one in ast.walk(value):
                if isinstance(one, ast.Tuple) and len(one.elts) == 4:
                    self.say(*one.elts[2:])
        if names and OWN.issuperset(names):
            self.say(*(value.elts if isinstance(value, ast.Tuple) else [value]))
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if getattr(node.target, "id", "") == "_REMEDIES" and isinstance(node.value, ast.Tuple):
            for one in node.value.elts:
                assert isinstance(one, ast.Tuple)
                self.say(one.elts[1])
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        if node.name in ("_told", "_kind"):
            for one in ast.walk(node):
                if isinstance(one, ast.Return) and isinstance(one.value, ast.Tuple):
                    self.say(*one.value.elts)
                if isinstance(one, ast.Dict):
                    self.say(*one.values)
        self.generic_visit(node)

    def say(self, *values: ast.expr) -> None:
        for value in values:
            self._say(value)

    def _say(self, value: ast.expr) -> None:
        text = ast.unparse(value)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            self.found += [(value.lineno, value.value)] if value.value else []
        elif isinstance(value, ast.JoinedStr):
            self.found += [(value.lineno, one) for one in _filled(value)]
        elif isinstance(value, ast.IfExp):
            self.say(value.body, value.orelse)
        elif isinstance(value, ast.BoolOp):
            self.say(*value.values)
        elif text.startswith("next(") and "_REMEDIES" in text:
            assert isinstance(value, ast.Call)
            self.say(value.args[1])
        elif isinstance(value, ast.Name) and value.id in self.given and value.id not in OWN:
            self.say(*self.given[value.id])
        elif isinstance(value, ast.Name) and value.id in IMPORTED:
            self.found.append((value.lineno, IMPORTED[value.id]))
        elif isinstance(value, ast.Call) and getattr(value.func, "id", "") == "_told":
            pass  # its returns are said where it stands
        elif not TAKEN_OVER.match(text):
            self.lost.append((value.lineno, text))


IMPORTED = {"REMEDY": instants.REMEDY}


def _filled(sentence: ast.JoinedStr) -> Iterator[str]:
    """Yield an f-string with values: for each kind of value that its places can have."""
    texts = [""]
    for part in sentence.values:
        if isinstance(part, ast.Constant):
            texts = [text + str(part.value) for text in texts]
            continue
        assert isinstance(part, ast.FormattedValue)
        values = VALUES.get(ast.unparse(part.value), ("7",))
        texts = [text + (repr(one) if part.conversion == ord("r") else one) for text in texts for one in values]
    yield from texts


def _said(path: Path) -> _Sentences:
    module = ast.parse(path.read_text("utf-8"))
    walked = _Sentences(module)
    walked.visit(module)
    return walked


def _example(sentence: str) -> tuple[str, dict[str, str]]:
    values = {name: "64" if kind == "d" else f"‹{name}›" for name, kind in PLACE.findall(sentence)}
    return PLACE.sub(lambda place: values[place[1]], sentence), values


@pytest.mark.parametrize("path", REFUSING, ids=lambda path: path.stem)
def test_whatever_reading_says_has_a_template(path: Path) -> None:
    walked = _said(path)
    assert not walked.lost, "what is given here as problem or remedy? Teach this test to follow it"
    with override("nb"):
        missing = [(line, text) for line, text in walked.found if worded(text) == text]
    assert not missing, "write a template in src/poise/app/importing/sentences.py"


def test_the_walk_finds_what_is_said() -> None:
    found = {text for path in REFUSING for _, text in _said(path).found}
    assert len(found) > 150
    assert {
        "not an instant between 1990 and 2100",
        instants.REMEDY,
        "7 values for 7 columns",
        "no rater",
        "Give the words of the turn as a string",
        "Give the turn a person or a role",
        "the role of '7' is not known",
        "cannot be read to its end: 7",
        "a binary file",
    } <= found


def test_what_handing_in_says_has_a_template() -> None:
    module = ast.parse((APP / "importing/files.py").read_text("utf-8"))
    calls = [node for node in ast.walk(module) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_"]
    said = {node.args[0].value for node in calls if isinstance(node.args[0], ast.Constant)}
    assert said and said <= set(SENTENCES)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_sentence_stays_english_and_values_stay(sentence: str) -> None:
    text, values = _example(sentence)
    with override("en"):
        assert worded(text) == text
    for language, letters in (("he", "[א-ת]"), ("nb", "[a-zæøå]")):
        with override(language):
            said = worded(text)
        assert said != text and re.search(letters, said) and "%(" not in said
        assert all(value in said for value in values.values()), said
        if language == "he":
            # a page finds the direction of a line by its first letter
            assert re.search("[א-ת]", said).start() <= (re.search("[A-Za-z]", said) or re.search("$", said)).start()  # type: ignore[union-attr]


def test_the_most_definite_template_says_it() -> None:
    with override("nb"):
        assert worded("'chat-1' was read before (line 3)") == "'chat-1' er lest før (linje 3)"
        assert worded("'a (line x)' was read before") == "'a (line x)' er lest før"
        assert worded("expected an object, got a list") == "ventet et objekt, fikk en liste"
        assert worded("something else") == "something else"
        assert worded("") == ""


def _refusal(reading: Callable[[], object]) -> str:
    with pytest.raises((ValueError, RecursionError, EOFError, OSError)) as caught:
        reading()
    return str(caught.value)


class _One(msgspec.Struct):
    id: int


@pytest.mark.parametrize(
    "reading",
    [
        *(
            (lambda raw=raw: msgspec.json.decode(raw, type=_One))
            for raw in (b'{"id":}', b'{"id":1', b'{"id":1}x', b"{a:1}", b'{"id":01}', b'{"id":1,}', b'{"id" 1}', b"[1]")
        ),
        lambda: msgspec.json.decode(b'["\\q"]'),
        lambda: msgspec.json.decode(b"[1,]"),
        lambda: msgspec.json.decode(b"[" * 100_000),
        lambda: b"\xff".decode(),
        lambda: gzip.decompress(gzip.compress(b"words" * 1000)[:20]),
        lambda: gzip.decompress(b"\x1f\x8b" + b"x" * 30),
        lambda: tomllib.loads("person = ["),
    ],
)
def test_what_the_parsers_say_is_said_too(reading: Callable[[], object]) -> None:
    text = _refusal(reading)
    with override("nb"):
        assert worded(text) != text, text


def test_an_error_is_said_with_its_place_and_remedy() -> None:
    text = (
        "No conversation could be read. chats.jsonl, line 1, turns[0].role: Invalid enum value 'boss'. "
        "Write agent, customer, candidate, interviewer, colleague, bot or system"
    )
    reasons = (
        "No conversations found (a.txt: no format that Poise knows; formats can be forced; b.bin: a binary file; "
        "c.gz: cannot be read: CRC check failed). Name files of a known format, or force one with the format option"
    )
    people = "people.csv:1: 'nmae': unknown column. Known columns: name, person, team"
    with override("nb"):
        assert worded_error(text) == (
            "Ingen samtale kunne leses. chats.jsonl, linje 1, feltet turns[0].role: Verdien 'boss' er ikke blant de "
            "tillatte. Skriv agent, customer, candidate, interviewer, colleague, bot eller system"
        )
        assert worded_error(reasons) == (
            "Fant ingen samtaler (a.txt: ikke noe format som Poise kjenner; formatet kan tvinges; b.bin: en binær fil; "
            "c.gz: kan ikke leses: CRC-kontrollen slo feil). "
            "Oppgi filer i et kjent format, eller tving et format med valget format"
        )
        assert worded_error(people) == "people.csv:1: 'nmae': ukjent kolonne. Kjente kolonner: name, person, team"
        assert worded_error("people.csv: not UTF-8.") == "people.csv: ikke UTF-8."
        assert worded_error("chats.jsonl is empty.") == "chats.jsonl er tom."
        assert worded_error("Out of the blue. Nothing") == "Out of the blue. Nothing"
    with override("en"):
        for one in (text, reasons, people):
            assert worded_error(one) == one


@pytest.mark.parametrize(
    "text",
    [
        ". " * 1500,
        ": " * 1500,
        "cannot be read: " * 200,
        "no conversations found (" + "; a: " * 700 + ")",
        "a, line " * 400,
        "%(file)s is both %(team)s " * 100 + "%",
        "<script>alert(1)</script> was read before",
        "' stands for both ' and " * 150,
        "x" * 2_000_000,
    ],
)
def test_hostile_text_takes_no_time_and_does_no_harm(text: str) -> None:
    before = time.process_time()
    with override("he"):
        for word in (worded, worded_error):
            assert isinstance(word(text), str)
    assert time.process_time() - before < 0.5


@pytest.mark.parametrize(("language", "problem"), [("he", "היה צריך להיות `str`"), ("nb", "Ventet `str`")])
def test_pages_and_the_file_speak_the_readers_language(
    hand_in: HandIn, member: Callable[..., User], client: Client, language: str, problem: str
) -> None:
    wrong = b'{"id": "one", "turns": [{"text": 1, "role": "agent"}]}\n'
    right = b'{"id": "two", "turns": [{"text": "Hello", "role": "agent"}]}\n'
    some = hand_in(right + wrong)
    none = hand_in(wrong, "none.jsonl")
    assert (some.state, none.state) == ("done", "refused")
    client.force_login(member("administrator"))
    client.cookies["language"] = language
    for name, one in (("import_rejects", some), ("import", none)):
        page = client.get(reverse(name, args=[one.pk])).content.decode()
        assert problem in page and "Expected" not in page and "Give the words" not in page
    file = b"".join(client.get(reverse("import_rejects_csv", args=[some.pk])).streaming_content).decode()  # type: ignore[attr-defined]
    assert problem in file and "Expected" not in file and "turns[0].text" in file
    assert some.rejects.get().problem == "Expected `str`, got `int`"
