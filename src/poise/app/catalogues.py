"""The app's translation catalogues: one per room, and one for what the rooms share.

``python -m poise.app.catalogues`` (bin/messages) brings them up to date with the words of code and templates, compiles
them, and says what is still to be translated. Nothing is ever guessed ("fuzzy"). Needs GNU gettext's ``xgettext``.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

__all__ = ["LANGUAGES", "compiled", "merged", "path_of", "rooms", "stored", "untranslated", "words"]

HERE = Path(__file__).parent
LANGUAGES = ("he", "nb")
_KEYWORDS = (
    "gettext_noop",
    "gettext_lazy",
    "ngettext_lazy:1,2",
    "pgettext:1c,2",
    "npgettext:1c,2,3",
    "pgettext_lazy:1c,2",
    "npgettext_lazy:1c,2,3",
)


def rooms() -> list[Path]:
    """The folders with a catalogue of their own: the app's, and each of its rooms'."""
    return [HERE, *sorted(path.parent for path in HERE.rglob("apps.py"))]


def _files(room: Path) -> list[Path]:
    others = [other for other in rooms() if other != room and other.is_relative_to(room)]
    found = [path for kind in ("*.py", "*.html", "*.txt") for path in room.rglob(kind)]
    return sorted(
        path for path in found if "migrations" not in path.parts and not any(path.is_relative_to(o) for o in others)
    )


def words(room: Path) -> Catalog:
    """The messages of one room's code and templates, found as Django's ``makemessages`` finds them.

    Raises:
        FileNotFoundError: ``xgettext`` is not installed.
        subprocess.CalledProcessError: it could not read a file.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")
    from django.utils.translation.template import templatize

    with tempfile.TemporaryDirectory() as folder:
        read = []
        for number, path in enumerate(_files(room)):
            text = path.read_text("utf-8")
            if path.suffix != ".py":
                text = templatize(text, origin=str(path))
            copy = Path(folder) / f"{number}.py"
            copy.write_text(text, "utf-8")
            read.append(copy.name)
        target = Path(folder) / "found.pot"
        subprocess.run(
            [
                *("xgettext", "--language=Python", "--from-code=UTF-8", "--no-location", "--force-po"),
                f"--output={target}",
                *(f"--keyword={keyword}" for keyword in _KEYWORDS),
                *read,
            ],
            cwd=folder,
            check=True,
        )
        # only with a header does xgettext write letters beyond ASCII; this one names a plural that none can read
        _, _, found = target.read_text("utf-8").partition("\n\n")
        return read_po(BytesIO(found.encode()), charset="utf-8")


def path_of(room: Path, language: str) -> Path:
    """Where a room's catalogue stands."""
    return room / f"locale/{language}/LC_MESSAGES/django.po"


def stored(room: Path, language: str) -> Catalog:
    """The catalogue as it stands; empty where there is none."""
    path = path_of(room, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def merged(room: Path, language: str, wanted: Catalog) -> bytes:
    """The file of a catalogue with exactly the ``wanted`` messages and the translations that there are."""
    old = stored(room, language)
    new = Catalog(locale=language, fuzzy=False, header_comment=f"# Poise: {room.name}")
    for message in sorted((one for one in wanted if one.id), key=lambda one: (str(one.id), str(one.context))):
        had = old.get(message.id, message.context)
        kept = had.string if had is not None and not had.fuzzy and had.pluralizable == message.pluralizable else None
        new.add(message.id, kept, flags=set(message.flags) - {"fuzzy"}, context=message.context)
    file = BytesIO()
    write_po(file, new, width=120, omit_header=True)
    plural = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    return f'{plural}"Plural-Forms: {new.plural_forms}\\n"\n\n'.encode() + file.getvalue()


def compiled(catalogue: bytes, language: str) -> bytes:
    """The same as Django reads it."""
    file = BytesIO()
    read = read_po(BytesIO(catalogue), locale=language)
    # the same words give the same file, whenever it is made
    read.creation_date = read.revision_date = datetime.fromtimestamp(0, UTC)
    write_mo(file, read)
    return file.getvalue()


def untranslated(catalogue: Catalog) -> list[str]:
    """The messages that have no translation, or lack one of its plural forms."""
    missing = []
    for message in catalogue:
        forms = message.string if isinstance(message.string, list | tuple) else [message.string]
        if message.id and not all(forms):
            missing.append(str(message.id))
    return missing


def main() -> int:
    """Bring all catalogues up to date. Returns 1 while something is untranslated."""
    lacking = 0
    for room in rooms():
        wanted = words(room)
        for language in LANGUAGES:
            path = path_of(room, language)
            if not any(message.id for message in wanted):
                continue
            text = merged(room, language, wanted)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
            path.with_suffix(".mo").write_bytes(compiled(text, language))
            for message in untranslated(stored(room, language)):
                lacking += 1
                print(f"{path.relative_to(HERE)}: {message!r}", file=sys.stderr)
    return int(lacking > 0)


if __name__ == "__main__":
    sys.exit(main())
