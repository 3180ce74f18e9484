"""From files to tables: what every run promises."""

import gzip
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import poise
from poise import model
from poise.pipeline import Project, ProjectError, Unfinished
from poise.reading.problems import InputError

HELLO = "Good morning, welcome to Acme, how can I help you?"
BYE = "Thanks for calling, have a great day!"


def conversation(number: int = 0, agent: str = "dana", **more: object) -> dict[str, object]:
    return {
        "id": f"c{number}",
        "channel": "chat",
        "language": "en",
        "people": [
            {"id": agent, "role": "agent", "name": agent.title(), "team": "East"},
            {"id": "k1", "role": "customer", "name": "Ruth Cohen"},
        ],
        "turns": [
            {"person": "k1", "text": "Hi, my parcel never arrived, I am Ruth Cohen."},
            {"person": agent, "text": HELLO},
            {"person": "k1", "text": "I waited two weeks. My number is 052-1234567 and mail ruth@example.com"},
            {"person": agent, "text": "I'm so sorry about that, Ruth. Let me check that for you."},
            {"person": "k1", "text": "ok thanks"},
            {"person": agent, "text": BYE},
        ],
        **more,
    }


def write(path: Path, *conversations: object) -> Path:
    path.write_text("\n".join(json.dumps(c, ensure_ascii=False) for c in conversations), encoding="utf-8")
    return path


@pytest.fixture
def chats(tmp_path: Path) -> Path:
    return write(tmp_path / "chats.jsonl", *(conversation(n, "dana" if n % 2 else "noa") for n in range(20)))


def test_every_promised_table_has_its_columns(chats: Path, tmp_path: Path) -> None:
    result = poise.analyze(chats, out=tmp_path / "out")
    for name, schema in {
        "hits": model.HITS,
        "opportunities": model.OPPORTUNITIES,
        "evidence": model.EVIDENCE,
        "estimates": model.ESTIMATES,
        "turns": model.TURNS,
        "conversations": model.CONVERSATIONS,
    }.items():
        table = pl.read_parquet(tmp_path / "out" / f"{name}.parquet")
        assert dict(table.schema) | dict(schema) == dict(table.schema), name
        assert len(table), name
    assert json.loads((tmp_path / "out" / "run.json").read_text())["counts"]["conversations"] == 20
    assert result.hits.equals(pl.read_parquet(tmp_path / "out" / "hits.parquet"))
    assert set(result.estimates["person"]) == {"dana", "noa"}
    assert not (tmp_path / "out" / ".run").exists()


def test_spans_hold_the_words_of_the_original(chats: Path) -> None:
    result = poise.analyze(chats, mask=False)
    said = result.hits.join(result.turns, on=["conversation", "turn"]).filter(pl.col("begin").is_not_null())
    greeting = said.filter(pl.col("behaviour") == "courtesy.greeting").row(0, named=True)
    assert "Good morning" in greeting["text"][greeting["begin"] : greeting["end"]]
    apology = said.filter(pl.col("behaviour") == "courtesy.apology").row(0, named=True)
    assert "sorry" in apology["text"][apology["begin"] : apology["end"]]
    assert (said["begin"] < said["end"]).all()
    assert (said["end"] <= said["text"].str.len_chars()).all()


def test_evidence_is_the_count_of_its_opportunities(chats: Path) -> None:
    result = poise.analyze(chats)
    counted = (
        result.opportunities.group_by("person", "conversation", "behaviour")
        .agg(hits=pl.col("met").sum(), opportunities=pl.len())
        .sort("person", "conversation", "behaviour")
    )
    evidence = result.evidence.filter(pl.col("opportunities") > 0).sort("person", "conversation", "behaviour")
    assert evidence["hits"].to_list() == counted["hits"].to_list()
    assert evidence["opportunities"].to_list() == counted["opportunities"].to_list()
    greeted = evidence.filter(behaviour="courtesy.greeting", conversation="c0").row(0, named=True)
    assert (greeted["hits"], greeted["opportunities"], greeted["person"]) == (1, 1, "noa")


def test_personal_data_of_customers_is_masked_unless_asked(chats: Path) -> None:
    masked = "\n".join(poise.analyze(chats).turns["text"])
    for secret in ("Ruth", "Cohen", "1234567", "ruth@example.com"):
        assert secret not in masked
    plain = poise.analyze(chats, mask=False).turns
    assert "ruth@example.com" in "\n".join(plain["text"])
    lengths = poise.analyze(chats).turns["text"].str.len_chars()
    assert lengths.equals(plain["text"].str.len_chars())


def test_people_known_by_role_only_have_evidence_but_no_estimates(tmp_path: Path) -> None:
    turns = [{"role": "customer", "text": "hello"}, {"role": "agent", "text": HELLO}]
    result = poise.analyze(write(tmp_path / "a.jsonl", *({"id": str(n), "turns": turns} for n in range(3))))
    assert len(result.evidence) > 0
    assert len(result.estimates) == 0
    assert result.run.counts["people_unnamed"] == 1


def test_several_agents_in_one_conversation_each_have_their_own(tmp_path: Path) -> None:
    both = conversation()
    both["people"].append({"id": "li", "role": "agent", "name": "Li"})  # type: ignore[union-attr]
    both["turns"] += [{"person": "k1", "text": "my bill is wrong too"}, {"person": "li", "text": "Sorry to hear that."}]  # type: ignore[operator]
    evidence = poise.analyze(write(tmp_path / "a.jsonl", both)).evidence
    apology = evidence.filter(behaviour="courtesy.apology")
    assert set(apology["person"]) == {"dana", "li"}
    assert (apology["hits"] == apology["opportunities"]).all()
    assert set(evidence.filter(behaviour="courtesy.greeting")["person"]) == {"dana"}


def test_private_notes_are_not_said_to_the_customer(tmp_path: Path) -> None:
    noted = conversation()
    for turn in noted["turns"]:  # type: ignore[attr-defined]
        turn["private"] = turn["person"] == "dana"
    evidence = poise.analyze(write(tmp_path / "a.jsonl", noted)).evidence
    assert evidence.filter(pl.col("behaviour").str.starts_with("courtesy"))["hits"].sum() == 0


def test_a_language_without_rules_has_no_opportunity(tmp_path: Path) -> None:
    result = poise.analyze(write(tmp_path / "a.jsonl", *(conversation(n, language="fr") for n in range(3))))
    text_based = result.evidence.filter(pl.col("behaviour").str.starts_with("courtesy."))
    assert len(text_based) == 0
    lacking = {need for gap in result.run.gaps if gap.behaviour == "courtesy.greeting" for need in gap.needs}
    assert "language:other" in lacking


def test_bad_records_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(
        "\n".join([json.dumps(conversation(1)), "{broken", json.dumps({"id": "x"}), json.dumps(conversation(2))])
    )
    result = poise.analyze(file, out=tmp_path / "out")
    rejects = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [r["line"] for r in rejects] == [2, 3]
    assert all(r["file"].endswith("a.jsonl") and r["problem"] and r["remedy"] for r in rejects)
    assert rejects[1]["field"] == "turns"
    assert result.run.counts["conversations"] == 2
    assert result.run.counts["rejects"] == 2
    file.write_text(file.read_text().replace("{broken", '{"id": "x", "turns": "ruth@example.com"}'))
    poise.analyze(file, out=tmp_path / "out")
    assert "ruth@example.com" not in (tmp_path / "out" / "rejects.jsonl").read_text()
    with pytest.raises(InputError, match="line 2"):
        poise.analyze(file, strict=True)


def test_files_that_are_left_aside_are_named(chats: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing that anybody said")
    result = poise.analyze([chats, tmp_path / "notes.txt"], out=tmp_path / "out")
    rejects = [json.loads(line) for line in (tmp_path / "out" / "rejects.jsonl").read_text().splitlines()]
    assert [r["file"].endswith("notes.txt") and bool(r["problem"]) for r in rejects] == [True]
    assert result.run.counts["rejects"] == 1


def test_an_id_that_comes_twice_is_read_once(tmp_path: Path) -> None:
    one, two = (
        write(tmp_path / "a.jsonl", conversation(1)),
        write(tmp_path / "b.jsonl", conversation(1), conversation(2)),
    )
    result = poise.analyze([one, two], out=tmp_path / "out")
    assert sorted(result.conversations["conversation"]) == ["c1", "c2"]
    assert result.run.counts["rejects"] == 1
    assert result.evidence.group_by("conversation", "behaviour", "person").len()["len"].max() == 1


@pytest.mark.parametrize("content", ["", "\n\n", "not json\n", "{}\n"])
def test_an_empty_or_unreadable_input_is_an_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text(content)
    with pytest.raises(InputError):
        poise.analyze(file, out=tmp_path / "out")


def test_batches_and_workers_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "many.jsonl.gz"
    lines = "\n".join(json.dumps(conversation(n, f"agent{n % 5}")) for n in range(3_000))
    file.write_bytes(gzip.compress(lines.encode()))
    one = poise.analyze(file, workers=1)
    monkeypatch.setattr("poise.pipeline.detecting._SMALL", 0)
    two = poise.analyze(file, workers=2)
    for name in ("hits", "opportunities", "evidence", "estimates"):
        assert one.table(name).equals(two.table(name)), name


def test_project_file(chats: Path, tmp_path: Path) -> None:
    file = tmp_path / "poise.toml"
    file.write_text('off = ["courtesy.closing"]\n[scripted]\nen = ["good morning welcome to acme"]\n')
    result = poise.analyze(chats, project=file)
    assert "courtesy.closing" not in set(result.evidence["behaviour"])
    assert result.run.excluded.behaviours == ["courtesy.closing"]
    scripted = result.hits.filter(pl.col("behaviour") == "courtesy.greeting").filter(pl.col("begin") == 0)
    assert not len(scripted)
    for wrong, complaint in (('of = ["x"]', "of"), ("off = 3", "off"), ("[", "not TOML")):
        file.write_text(wrong)
        with pytest.raises(ProjectError, match=complaint):
            poise.analyze(chats, project=file)


def test_several_names_of_one_agent_are_merged(chats: Path, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,person,team\nDana,dana,West\nnoa,dana,West\nNoa,dana,West\n")
    result = poise.analyze(chats, people=people)
    assert set(result.estimates["person"]) == {"dana"}


def test_norms_are_fitted_by_an_explicit_act_and_frozen(chats: Path, tmp_path: Path) -> None:
    fitted = poise.fit(chats, name="chats", invented=True)
    first = poise.analyze(chats, norms=fitted)
    assert first.run.norms is not None
    assert first.run.norms.version == fitted.version
    more = write(tmp_path / "more.jsonl", *(conversation(n, "zoe") for n in range(100, 130)))
    second = poise.analyze([chats, more], norms=fitted)
    for person in ("dana", "noa"):
        old, new = (r.estimates.filter(person=person).sort("trait", "kind") for r in (first, second))
        assert old.select("mean", "low", "high").equals(new.select("mean", "low", "high"))


def test_an_interrupted_run_goes_on_or_starts_clean(tmp_path: Path) -> None:
    file = tmp_path / "many.jsonl"
    write(file, *(conversation(n, f"agent{n % 5}") for n in range(12_000)))
    out = tmp_path / "out"
    code = (
        "import poise, sys\n"
        "if __name__ == '__main__':\n"
        "    def told(what, done, of):\n"
        "        print(what, done, flush=True)\n"
        f"    poise.analyze({str(file)!r}, out={str(out)!r}, workers=1, progress=told)\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert run.stdout is not None
    assert "turns" in run.stdout.readline()
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode != 0
    assert "--resume goes on" in said
    assert not (out / "hits.parquet").exists()
    with pytest.raises(Unfinished, match="--resume"):
        poise.analyze(file, out=out)
    kept = len(list((out / ".run" / "parts").iterdir()))
    assert kept
    began = time.perf_counter()
    resumed = poise.analyze(file, out=out, resume=True, workers=1)
    assert time.perf_counter() - began < 120
    clean = poise.analyze(file, out=tmp_path / "other", workers=1)
    assert resumed.table("hits").equals(clean.table("hits"))
    assert_frame_equal(resumed.table("estimates"), clean.table("estimates"), rel_tol=1e-9, abs_tol=1e-9)


def test_settings_of_an_interrupted_run_must_be_the_same(chats: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / ".run" / "parts").mkdir(parents=True)
    (out / ".run" / "fingerprint").write_text("another run")
    with pytest.raises(Unfinished, match="other input or settings"):
        poise.analyze(chats, out=out, resume=True)
    assert len(poise.analyze(chats, out=out, resume=False).hits)


def test_a_run_over_finished_results_replaces_them(chats: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    poise.analyze(chats, out=out)
    again = poise.analyze(write(tmp_path / "b.jsonl", conversation(7)), out=out)
    assert list(again.conversations["conversation"]) == ["c7"]


def test_paths_are_folders_globs_and_compressed_files(chats: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.jsonl.gz").write_bytes(gzip.compress(chats.read_bytes()))
    for given in (folder, str(folder / "*.gz"), [folder / "a.jsonl.gz"]):
        assert poise.analyze(given).run.counts["conversations"] == 20


def test_the_sample_is_analysed_as_a_library_user_would(tmp_path: Path) -> None:
    from poise.validation.sample import paths, people_path

    result = poise.analyze(list(paths()), people=people_path(), project=Project(), out=tmp_path)
    assert result.run.counts["conversations"] == 403
    assert result.run.counts["people_named"] == 12
    assert result.run.norms is not None and result.run.norms.invented
    assert result.estimates["mean"].is_between(1, 5).all()
    shown = result.estimates.filter("shown")
    assert (shown["low"] <= shown["mean"]).all() and (shown["mean"] <= shown["high"]).all()
