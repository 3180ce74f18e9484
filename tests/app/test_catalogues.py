"""Every word of the app has a translation, and every catalogue is today's: what extraction finds is what is there."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from poise.app import catalogues

pytestmark = pytest.mark.skipif(
    shutil.which("xgettext") is None, reason="xgettext is not installed (apt install gettext)"
)
PLACE = re.compile(r"%(?:\(\w+\))?[sd%]|</?\w+>")


def _places(text: str) -> Counter[str]:
    return Counter(PLACE.findall(text))


@pytest.fixture(scope="module", params=catalogues.rooms(), ids=lambda room: room.name)
def room(request: pytest.FixtureRequest) -> tuple[Path, Catalog]:
    """A room with the words that its code and templates have."""
    return request.param, catalogues.words(request.param)


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_the_catalogue_is_what_extraction_gives(room: tuple[Path, Catalog], language: str) -> None:
    folder, wanted = room
    if not any(message.id for message in wanted):
        assert not catalogues.path_of(folder, language).exists()
        return
    path = catalogues.path_of(folder, language)
    assert path.exists(), "run bin/messages"
    assert path.read_bytes() == catalogues.merged(folder, language, wanted), "run bin/messages"
    assert path.with_suffix(".mo").read_bytes() == catalogues.compiled(path.read_bytes(), language), "run bin/messages"


@pytest.mark.parametrize("language", catalogues.LANGUAGES)
def test_nothing_is_untranslated_or_guessed_and_places_are_kept(room: tuple[Path, Catalog], language: str) -> None:
    found = catalogues.stored(room[0], language)
    assert catalogues.untranslated(found) == []
    for message in found:
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        if isinstance(message.id, str):
            assert _places(str(message.string)) == _places(message.id), message.string
            continue
        one, *more = message.string
        assert all(_places(form) == _places(message.id[-1]) for form in more), more
        # of one thing the number may be said in words, or left out: "once"
        assert _places(one) <= _places(message.id[-1]) and (_places(message.id[-1]) - _places(one)).total() <= 1, one


def test_messages_are_found_in_code_and_templates() -> None:
    words = catalogues.words(catalogues.HERE / "accounts")
    assert words.get("Your account") and words.get("The role is given.") and words.get("May", "a token")
    plural = words.get("Too many failed attempts. Try again in %(minutes)s minute.")
    assert plural is not None and plural.pluralizable


def test_norwegian_has_one_word_for_one_thing() -> None:
    """Anslag, veileder, egenskap, ansettelsesrunde: in all rooms, whoever wrote them."""
    others = re.compile(r"estimat|coach|rekrutteringsrunde|kampanje", re.IGNORECASE)
    for one in catalogues.rooms():
        for message in catalogues.stored(one, "nb"):
            forms = message.string if isinstance(message.string, list | tuple) else [message.string]
            assert not [form for form in forms if message.id and form and others.search(form)], (one.name, message.id)
            if message.id == "Trait":
                assert message.string == "Egenskap", one.name
