"""The report as people get it: what it says, what it never says, and that nobody's words can break it."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from pathlib import Path

import made_up_run
import msgspec
import polars as pl
import pytest

from poise import model, reports
from poise.knowledge import Knowledge
from poise.reports.results import TABLES


class Page(HTMLParser):
    """Elements with attributes, and all text outside of styles, as a browser without scripts has them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self.inside:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def html(results: Path, knowledge: Knowledge) -> str:
    return reports.write(results, knowledge=knowledge).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_it_is_one_file_without_scripts_or_network(html: str, page: Page) -> None:
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "base", "form"}
    assert not any(name.startswith("on") for _, attributes in page.elements for name in attributes)
    for _, attributes in page.elements:
        for name in ("href", "src", "xlink:href"):
            assert (attributes.get(name) or "#").startswith("#")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_what_people_said_stays_text(html: str, page: Page) -> None:
    assert "<script>alert" not in html and "<img" not in html and "<b onclick" not in html
    assert "<script>alert('quote')</script>" in page.text  # quoted, as words
    assert made_up_run.HOSTILE_NAME in page.text
    assert not re.search("[\u202a-\u202e\u0000-\u0008]", html), "an override would turn the words around it"


def test_every_link_leads_somewhere_and_no_id_is_used_twice(page: Page) -> None:
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert (link["href"] or "")[1:] in ids


def test_a_long_turn_is_cut_around_its_hit(page: Page) -> None:
    assert "thanks for your patience" in page.text
    assert "word " * 80 not in page.text


def test_the_team_is_shown_with_levels_ranges_and_reasons(page: Page, results: Path) -> None:
    shown = pl.read_parquet(results / "estimates.parquet").filter(
        pl.col("kind") == "cluster", pl.col("shown"), pl.col("person") == "a04", pl.col("trait") == "care"
    )
    low, mean, high = (f"{shown[column].item():.1f}" for column in ("low", "mean", "high"))
    assert mean in page.text and f"{low}\u2009–\u2009{high}" in page.texts
    assert "not enough evidence" in page.text
    assert "▼ help" in page.text and "▲ strong" in page.text


def test_help_is_said_only_where_it_is_sure(page: Page, results: Path, knowledge: Knowledge) -> None:
    flagged = page.text.count("▼ help") - 1  # one in the key
    sure = pl.read_parquet(results / "estimates.parquet").filter(pl.col("shown"), pl.col("below_standard") >= 0.8)
    assert flagged == sure.height > 0


def test_each_person_has_quotes_for_and_against_in_context(page: Page) -> None:
    text = page.text
    start = text.index("Colin Marsh Evening · 36 conversations", text.index("Who can teach what"))
    own = text[start : text.index("Back to the team", start + 200)]
    assert "What speaks for it" in own and "What speaks against it" in own
    assert "Called for, not done: " in own and "Customer" in own
    assert page.all("mark"), "the hit itself is marked"


def test_figures_have_a_text_and_a_table(page: Page) -> None:
    figures = page.all("figure")
    assert figures and all(figure["role"] == "img" and figure["aria-label"] for figure in figures)
    drawings = page.all("svg")
    assert len(drawings) == len(figures) and all(drawing["aria-hidden"] == "true" for drawing in drawings)
    assert len(page.all("details")) > len(figures)


def test_invented_norms_are_called_invented(page: Page) -> None:
    assert "invented team that ships with Poise" in page.text


@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("he", "rtl"), ("nb", "ltr")])
def test_language_and_direction(
    results: Path, knowledge: Knowledge, tmp_path: Path, language: str, direction: str
) -> None:
    page = Page(reports.write(results, tmp_path / "r.html", language=language, knowledge=knowledge).read_text("utf-8"))
    assert page.all("html") == [{"lang": language, "dir": direction}]
    said = [attributes for _, attributes in page.elements if attributes.get("class") == "said"]
    assert said and all(attributes["dir"] == "auto" for attributes in said)
    if language == "nb":
        assert "2,2" in page.text and "Styrker" in page.text and "Strengths" not in page.text


def test_one_person_alone_has_nothing_of_the_team(results: Path, knowledge: Knowledge, tmp_path: Path) -> None:
    page = Page(
        reports.write(results, tmp_path / "one.html", person="colin marsh", knowledge=knowledge).read_text("utf-8")
    )
    assert "Colin Marsh" in page.text
    for code, name, *_ in made_up_run.TEAM:
        if code != "a04":
            assert name not in page.text and not re.search(rf"\b{code}\b", page.text)
            assert not set(re.findall(r"\w{3,}", name)) & set(re.findall(r"\w{3,}", page.text))
    assert not page.all("a")[1:] or all("person-1" in (link["href"] or "") for link in page.all("a")[1:])
    assert "The team at a glance" not in page.text and "<chats>" not in page.text


def test_a_colleague_named_in_a_quote_is_not_named_on_a_single_page(knowledge: Knowledge, tmp_path: Path) -> None:
    folder = made_up_run.write_results(tmp_path, people=2, each=20)
    turns = pl.read_parquet(folder / "turns.parquet")
    own = pl.col("person") == "a01"
    turns.with_columns(
        pl.when(own).then(pl.col("text") + " Jonas will see to it.").otherwise(pl.col("text")).alias("text")
    ).write_parquet(folder / "turns.parquet")
    both = Page(reports.write(folder, tmp_path / "both.html", knowledge=knowledge).read_text("utf-8"))
    alone = Page(reports.write(folder, tmp_path / "alone.html", person="a01", knowledge=knowledge).read_text("utf-8"))
    assert "Jonas will see" in both.text
    assert "Jonas" not in alone.text and "[a colleague] will see" in alone.text


def test_an_unknown_person_is_an_error_with_close_names(results: Path, knowledge: Knowledge) -> None:
    with pytest.raises(reports.ReportError, match="did you mean Colin Marsh"):
        reports.write(results, person="Colin Marsch", knowledge=knowledge)


def test_a_folder_without_results_is_an_error(tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(reports.ReportError, match=r"run\.json"):
        reports.write(tmp_path, knowledge=knowledge)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(reports.ReportError, match="damaged"):
        reports.write(tmp_path, knowledge=knowledge)


def test_a_language_without_a_catalogue_is_an_error(results: Path, knowledge: Knowledge) -> None:
    with pytest.raises(reports.ReportError, match="en, he, nb"):
        reports.write(results, language="tlh", knowledge=knowledge)


def test_a_damaged_table_is_an_error_that_names_it(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = made_up_run.write_results(tmp_path, people=1, each=5)
    (folder / "hits.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(reports.ReportError, match=r"hits\.parquet"):
        reports.write(folder, knowledge=knowledge)
    assert not list(folder.glob("*.html*")) and not list(folder.glob(".*"))


def test_a_run_without_any_result_still_says_what_was_read(tmp_path: Path, knowledge: Knowledge) -> None:
    run = model.RunInfo(
        poise="0.1.0",
        knowledge="k",
        tier="fast",
        started_at="2026-01-02T03:04:05Z",  # type: ignore[arg-type]
        norms=model.NormsUsed(name="mine", version="1", people=1, conversations=9),
        masked=False,
    )
    (tmp_path / "run.json").write_bytes(msgspec.json.encode(run))
    for name, schema in TABLES.items():
        pl.DataFrame(schema=dict(schema)).write_parquet(tmp_path / f"{name}.parquet")
    text = Page(reports.write(tmp_path, knowledge=knowledge).read_text("utf-8")).text
    assert "Nobody could be judged" in text
    assert "group of one says nothing" in text
    assert "personal data of customers" in text


def test_the_same_results_give_the_same_page(results: Path, knowledge: Knowledge, tmp_path: Path) -> None:
    first = reports.write(results, tmp_path / "1.html", knowledge=knowledge).read_bytes()
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    (shuffled / "run.json").write_bytes((results / "run.json").read_bytes())
    for name in TABLES:
        pl.read_parquet(results / f"{name}.parquet").sample(fraction=1, shuffle=True, seed=5).write_parquet(
            shuffled / f"{name}.parquet"
        )
    assert reports.write(shuffled, tmp_path / "2.html", knowledge=knowledge).read_bytes() == first


def test_a_large_team_keeps_to_sixty_pages_and_says_so(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = made_up_run.write_results(tmp_path, people=64, each=4)
    page = Page(reports.write(folder, knowledge=knowledge).read_text("utf-8"))
    pages = [
        attributes for tag, attributes in page.elements if tag == "section" and attributes.get("class") == "person"
    ]
    assert len(pages) == reports.PEOPLE_IN_ONE_FILE
    assert "4 more people are in the maps only" in page.text


def test_twelve_people_take_less_than_five_seconds(results: Path, knowledge: Knowledge, tmp_path: Path) -> None:
    began = time.process_time()
    reports.write(results, tmp_path / "r.html", knowledge=knowledge)
    assert time.process_time() - began < 5


def test_what_is_below_its_gate_but_counts_is_in_the_table(tmp_path: Path, knowledge: Knowledge) -> None:
    folder = made_up_run.write_results(tmp_path, people=1, each=12)
    rates = pl.read_parquet(folder / "rates.parquet")
    thanks = pl.col("behaviour") == "courtesy.thanks"
    rates.with_columns(
        shown=pl.col("shown") & thanks.not_(),
        reason=pl.when(thanks).then(pl.lit("few_opportunities")).otherwise(pl.col("reason")),
    ).write_parquet(folder / "rates.parquet")
    added = pl.read_parquet(folder / "contributions.parquet").filter(thanks)["contribution"].item()
    text = Page(reports.write(folder, person="a01", knowledge=knowledge).read_text("utf-8")).text
    told = re.findall(r"Thanks for effort too few occasions \S+ [+\u2212]?(\S+)", text)
    assert f"{abs(added):.2f}" in told
