"""A kit as a file and on paper: what goes out comes in again, and what is no kit is refused with its place."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from poise.app.audit.models import Entry
from poise.app.interviews.kits.exchanging import BrokenFileError, read, write
from poise.app.interviews.kits.models import Kit
from poise.app.interviews.kits.printing import booklet, pdf
from poise.knowledge.interviews import load_item_bank, start_kit

SOUND = start_kit(load_item_bank(), {"helpful": 2.0, "organised": 1.0})


def hand_in(client: Client, team: int, data: bytes, title: str = "") -> HttpResponse:
    file = SimpleUploadedFile("kit.json", data)
    return client.post(reverse("kit_import"), {"team": team, "title": title, "file": file})


def test_a_kit_that_goes_out_comes_in_again(hiring, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(hiring.manager)
    saved = client.get(reverse("kit_save", args=[hiring.kit.pk]))
    assert saved.headers["Content-Disposition"].startswith("attachment") and b"helen" not in saved.content.lower()
    assert Entry.objects.filter(action="exported", kind="kitversion").count() == 1
    taken = hand_in(client, hiring.team.pk, saved.content)
    assert taken.status_code == 422 and "has a kit of that name" in taken.text
    assert hand_in(client, hiring.team.pk, saved.content, "Second desk").status_code == 302
    made = Kit.objects.get(title="Second desk").versions.get()
    assert made.read() == hiring.kit.read() and made.published_at is None
    assert made.job_analysis == hiring.kit.job_analysis


def _with(change: Callable[[dict], object]) -> bytes:  # type: ignore[type-arg]
    from poise.knowledge.interviews import kit_to_json

    file = {"poise_kit": 1, "title": "Desk", "kit": kit_to_json(SOUND)}
    change(file)
    return json.dumps(file).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "truncated"),
        (b'{\n "poise_kit": 1,\n "title": x}', "line 3, column 11"),
        (b'\xff\xfe{"poise_kit": 1}', "line 1"),
        (b"[]", "Expected `object`"),
        (_with(lambda file: file.pop("kit")), "`kit`"),
        (_with(lambda file: file.update(extra=1)), "`extra`"),
        (_with(lambda file: file.update(poise_kit=2)), "$.poise_kit"),
        (_with(lambda file: file.update(title="x" * 201)), "$.title"),
        (_with(lambda file: file["kit"]["questions"][1].pop("text")), "$.questions[1]"),
        (
            _with(lambda file: file["kit"]["questions"][1]["text"].update(fr="Quoi ?")),
            "helpful.past_2: text: the language 'fr'",
        ),
        (_with(lambda file: file["kit"]["questions"][1]["anchors"].pop("3")), "helpful.past_2: anchors: level 3"),
        (_with(lambda file: file["kit"]["traits"].update(helpful=-1)), "$.traits"),
        (_with(lambda file: file["kit"]["traits"].update(kind=1)), "kind"),
        (_with(lambda file: file["kit"]["questions"].pop()), "strengths"),
        (b'{"poise_kit": 1, "title": "t", "kit": ' + b"[" * 100_000, "$.kit"),
    ],
)
def test_a_file_that_is_no_kit_is_refused_with_its_place(data: bytes, words: str) -> None:
    with pytest.raises(BrokenFileError) as refused:
        read(data)
    assert words in str(refused.value)


def test_the_page_says_what_is_wrong_with_a_file(hiring, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(hiring.manager)
    hostile = _with(lambda file: file["kit"]["traits"].update({"<script>alert(1)</script>": 1}))
    answer = hand_in(client, hiring.team.pk, hostile)
    assert answer.status_code == 422 and "&lt;script&gt;" in answer.text and "<script>alert" not in answer.text
    assert "larger than 1 MB" in hand_in(client, hiring.team.pk, b" " * 1_000_001).text
    assert Kit.objects.count() == 1


def test_the_booklet_is_whole_in_its_language_whatever_the_readers_is(hiring, client: Client) -> None:  # type: ignore[no-untyped-def]
    from poise.app.interviews.kits.making import begin

    client.force_login(hiring.manager)
    version = begin(hiring.team, "Desk <i>", SOUND, hiring.manager).versions.get()
    page = client.get(reverse("kit_print", args=[version.pk]), {"language": "he"}).text
    assert '<html lang="en" dir="ltr">' in page and '<article class="booklet" lang="he" dir="rtl">' in page
    assert SOUND.questions[0].text["he"] in page and "Desk &lt;i&gt;" in page and "<i>" not in page
    assert page.count('class="trait"') == 3 and page.count('class="notes"') == 7
    assert client.get(reverse("kit_print", args=[version.pk]), {"language": "xx"}).status_code == 200
    assert read(write(version)).kit == SOUND


def test_the_booklet_as_pdf_has_a_page_a_trait_and_hebrew_letters(hiring, client: Client) -> None:  # type: ignore[no-untyped-def]
    client.force_login(hiring.manager)
    answer = client.get(reverse("kit_pdf", args=[hiring.kit.pk]))
    assert answer.content.startswith(b"%PDF-") and answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="poise-kit-{hiring.kit.kit_id}-1-en.pdf"'
    assert "Guest service" in booklet(hiring.kit, "he") and pdf(hiring.kit, "he").startswith(b"%PDF-")
