"""Every command that the documentation shows is run; every link leads somewhere."""

import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SHOWN_ELSEWHERE = ("bin/demo", "bin/test")
"""README commands that are run by other tests: bin/demo by tests/app/test_demo.py, bin/test by whoever runs this."""


def shell_lines(page: Path) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    return [line.split("  #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the documentation speaks of."""
    from poise.validation.sample import paths, people_path

    folder = tmp_path_factory.mktemp("desk")
    import gzip

    chats = gzip.decompress(paths()[0].read_bytes()).decode().splitlines()
    for name in ("chats.jsonl", "export.json"):
        (folder / name).write_text("\n".join(chats), encoding="utf-8")
    (folder / "people.csv").write_text(people_path().read_text(encoding="utf-8"))
    return folder


def pages_with_commands() -> list[Path]:
    return [page for page in PAGES if any(line.startswith("poise ") for line in shell_lines(page))]


def test_bin_demo_makes_the_report(demo_folder: Callable[[], AbstractContextManager[None]]) -> None:
    with demo_folder():
        done = subprocess.run(
            ["bin/demo", "--report-only"], cwd=ROOT, capture_output=True, text=True, timeout=400, check=False
        )
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    assert (ROOT / "demo" / "report.html").is_file()


def serve_and_stop(command: str, folder: Path, environment: dict[str, str]) -> None:
    """Start the server as shown, on a free port and without workers, until it says that it is there."""
    words = [*shlex.split(command), "--port", "0", "--workers", "0"]
    with subprocess.Popen(words, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        said = server.stdout.readline()
        server.terminate()
        try:
            status = server.wait(60)
        except subprocess.TimeoutExpired:
            server.kill()
            raise
    assert said.startswith("Poise: http://"), said
    assert status == 0


@pytest.mark.parametrize("page", pages_with_commands(), ids=lambda page: page.name)
def test_every_command_of_a_page_works(page: Path, desk: Path) -> None:
    import os
    import shutil

    if (ROOT / "demo").is_dir():
        shutil.copytree(ROOT / "demo", desk / "demo", dirs_exist_ok=True)
    shutil.rmtree(desk / "my-knowledge", ignore_errors=True)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    environment |= {"POISE_HOME": str(desk / "home"), "POISE_LOG_LEVEL": "WARNING"}
    (desk / "poise-backup.tar.gz").unlink(missing_ok=True)
    for line in shell_lines(page):
        if not line.startswith("poise ") or line.startswith(("poise validate", "poise panel")):
            continue
        if line.startswith("poise serve"):
            serve_and_stop(line, desk, environment)
            continue
        command = line.replace("dana", "jonas") if "--people" not in line else line
        done = subprocess.run(
            shlex.split(command), cwd=desk, capture_output=True, text=True, timeout=300, check=False, env=environment
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            assert (page.parent / target).exists(), f"{page.name} → {target}"


def test_every_command_and_option_is_in_the_reference() -> None:
    from poise.cli import main

    text = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")
    for name in main.commands:
        assert f"poise {name}" in text, name
    for parameter in main.commands["analyze"].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert option in text, option


def test_every_table_and_column_is_in_the_reference() -> None:
    from poise import model

    text = (ROOT / "docs" / "reference" / "tables.md").read_text(encoding="utf-8")
    for name in ("HITS", "OPPORTUNITIES", "EVIDENCE", "ESTIMATES", "CONVERSATIONS", "PEOPLE", "TURNS", "EVENTS"):
        for column in getattr(model, name):
            assert column in text, f"{name}.{column}"


def test_the_product_speaks_of_the_product_alone() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pattern = re.compile(r"/wor[k]/|pypi\.or[g]/simple|registry\.npmj[s]")
    for name in listed.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".html", ".css", ".lock", ".po"} and path.is_file():
            assert not pattern.search(path.read_text(encoding="utf-8")), name
