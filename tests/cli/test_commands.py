"""The commands as a user types them: what they print, write and return."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from poise.cli import main
from poise.validation.sample import paths, people_path

CHAT = {
    "id": "c1",
    "channel": "chat",
    "language": "en",
    "people": [{"id": "dana", "role": "agent", "name": "Dana Levi"}, {"id": "k", "role": "customer"}],
    "turns": [
        {"person": "k", "text": "my parcel never arrived"},
        {"person": "dana", "text": "Hello! I'm so sorry about that, let me check that for you."},
    ],
}


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), catch_exceptions=False)


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    file = tmp_path / "chats.jsonl"
    file.write_text("\n".join(json.dumps({**CHAT, "id": f"c{n}"}) for n in range(12)))
    return file


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sample")
    team = str(paths()[0])
    done = run("analyze", team, "--people", str(people_path()), "--out", str(out), "--workers", "1")
    assert done.exit_code == 0, done.output
    return out


def test_analyze_writes_a_report_and_says_where(sample: Path) -> None:
    report = (sample / "report.html").read_text(encoding="utf-8")
    assert "Jonas" in report
    assert "<script" not in report
    assert "http://" not in report.replace("http://www.w3.org", "")


def test_explain_prints_the_argument(sample: Path) -> None:
    said = run("explain", str(sample), "weiling", "avoids_favours")
    assert said.exit_code == 0
    assert "Wei-Ling" in said.output
    wrong = run("explain", str(sample), "weilin", "avoids_favours")
    assert wrong.exit_code == 2
    assert "weiling" in wrong.stderr


def test_one_persons_page_alone_names_nobody_else(sample: Path) -> None:
    done = run("report", str(sample), "--person", "jonas", "--language", "he")
    assert done.exit_code == 0
    page = next(sample.glob("report-*.html")).read_text(encoding="utf-8")
    assert 'dir="rtl"' in page
    for other in ("Wei-Ling", "Eirik", "Zofia"):
        assert other not in page


def test_spreadsheets_where_asked(sample: Path) -> None:
    assert run("report", str(sample), "--also", "csv", "--also", "xlsx").exit_code == 0
    assert (sample / "tables.xlsx").is_file()
    assert list(sample.rglob("estimates.csv"))


def test_dry_run_writes_nothing(chats: Path) -> None:
    before = sorted(chats.parent.iterdir())
    said = run("analyze", str(chats), "--dry-run")
    assert said.exit_code == 0
    assert "Dana Levi" in said.output
    assert "12" in said.output
    assert sorted(chats.parent.iterdir()) == before


@pytest.mark.parametrize(
    ("content", "complaint"),
    [(None, "no-such-file"), ("", "chats"), ("{broken\n", "damaged"), ('{"id": "x"}\n', "no format")],
)
def test_input_that_cannot_be_read_ends_with_2(tmp_path: Path, content: str | None, complaint: str) -> None:
    file = tmp_path / ("no-such-file.jsonl" if content is None else "chats.jsonl")
    if content is not None:
        file.write_text(content)
    done = run("analyze", str(file), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2
    assert complaint in done.stderr


def test_options_that_are_wrong_say_what_to_do(chats: Path, tmp_path: Path) -> None:
    assert "--out DIR" in run("analyze", str(chats)).stderr
    assert "LABEL=ROLE" in run("analyze", str(chats), "--out", str(tmp_path / "o"), "--role", "x").stderr
    assert run("analyze", str(chats), "--out", str(tmp_path / "o"), "--people", "missing.csv").exit_code == 2
    assert run("analyze", str(chats), "--out", str(tmp_path / "o"), "--norms", str(chats)).exit_code == 2
    (tmp_path / "p.toml").write_text("of = []")
    assert (
        "of" in run("analyze", str(chats), "--out", str(tmp_path / "o"), "--project", str(tmp_path / "p.toml")).stderr
    )


def test_strict_stops_at_the_first_bad_record(chats: Path, tmp_path: Path) -> None:
    chats.write_text(chats.read_text() + "\n{broken\n")
    done = run("analyze", str(chats), "--out", str(tmp_path / "out"), "--strict")
    assert done.exit_code == 2
    assert "line 13" in done.stderr
    assert run("analyze", str(chats), "--out", str(tmp_path / "out"), "--fresh").exit_code == 0
    assert len((tmp_path / "out" / "rejects.jsonl").read_text().splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "finds"),
    [
        (["I'm so sorry about that", "--previous", "my parcel never came"], "courtesy.apology"),
        (["thank you so much", "--role", "customer"], "customer.thanks"),
        (["תודה רבה על הסבלנות", "--language", "he"], "courtesy.thanks"),
        (["Beklager det, jeg skal hjelpe deg", "--language", "nb"], "courtesy.apology"),
        (["xyzzy"], "Nothing is found"),
    ],
)
def test_try_prints_the_hits_of_one_turn(arguments: list[str], finds: str) -> None:
    assert finds in run("try", *arguments).output.replace("\n", "")


def test_try_refuses_a_language_without_rules() -> None:
    done = run("try", "bonjour", "--language", "fr")
    assert done.exit_code == 2
    assert "en, he and nb" in done.stderr


def test_an_edit_of_a_file_shows_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run("knowledge", "copy", str(folder)).exit_code == 0
    assert run("knowledge", "copy", str(folder)).exit_code == 2  # never over something
    file = folder / "behaviours" / "considerate.toml"
    before = run("knowledge", "version", "--knowledge", str(folder)).output
    text = file.read_text(encoding="utf-8")
    start = text.index('id = "courtesy.apology"')
    place = text.index("match = [", start) + len("match = [")
    file.write_text(text[:place] + '\n  "quelle horreur",' + text[place:], encoding="utf-8")
    assert "courtesy.apology" in run("try", "quelle horreur", "--knowledge", str(folder)).output
    assert run("knowledge", "version", "--knowledge", str(folder)).output != before
    file.write_text(text.replace("trait =", "triat =", 1), encoding="utf-8")
    done = run("knowledge", "check", "--knowledge", str(folder))
    assert done.exit_code == 2
    assert "considerate.toml" in done.stderr
    assert "triat" in done.stderr


def test_what_interviews_ask_is_checked_too(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run("knowledge", "copy", str(folder)).exit_code == 0
    file = folder / "interviewing" / "questions" / "helpful.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('form = "past"', 'from = "past"', 1), encoding="utf-8")
    done = run("knowledge", "check", "--knowledge", str(folder))
    assert done.exit_code == 2
    assert "interviewing/questions/helpful.toml: helpful.past_1" in done.stderr


def test_knowledge_is_in_order_and_can_be_shown() -> None:
    checked = run("knowledge", "check")
    assert checked.exit_code == 0
    assert "33 interview questions" in " ".join(checked.output.split())
    assert "courtesy.apology" in run("knowledge", "show").output
    assert "definition" in run("knowledge", "show", "courtesy.apology").output
    near = run("knowledge", "show", "courtesy.apolgy")
    assert near.exit_code == 2
    assert "courtesy.apology" in near.stderr


def test_norms_are_shown(tmp_path: Path) -> None:
    said = run("norms", "show")
    assert said.exit_code == 0
    assert "invented" in said.output
    done = run("norms", "fit", str(paths()[0]), "--name", "x", "--out", str(tmp_path / "n.json"))
    assert done.exit_code == 0
    assert json.loads((tmp_path / "n.json").read_text())["people"] >= 12
