"""The page of the documentation that is written from the list of where each trait is examined."""

from pathlib import Path

from poise.knowledge.examined import load_examined
from poise.knowledge.interviews import load_item_bank
from poise.reports.examined import markdown

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "examined.md"


def test_the_page_is_what_the_list_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "poise knowledge examined > docs/reference/examined.md"


def test_every_sentence_and_every_question_is_on_it() -> None:
    page = markdown()
    for part in load_examined().part:
        for one in part.sentence:
            assert f"| {one.words}" in page
    for question in load_item_bank().questions.values():
        assert f"- `{question.id}`: {question.text['en']}" in page
        assert all(f"  - {level}: {texts['en']}" in page for level, texts in question.anchors.items())


def test_rows_have_as_many_cells_as_their_head() -> None:
    for line in markdown().splitlines():
        if line.startswith("|"):
            assert line.count("|") == 5, line
