"""What is filled in to hand in a transcript, and to say who is who in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from poise.app.interviews.recordings.reading import MOST_BYTES, Speaker
from poise.reports.language import locale
from poise.reports.quotes import clean

__all__ = ["SpeakersForm", "TranscriptForm"]


class TranscriptForm(forms.Form):
    """A transcript, and that it is one of this interview."""

    file = forms.FileField(
        label=gettext_lazy("Transcript"),
        help_text=gettext_lazy(
            "WebVTT, SRT, WhisperX JSON or JSON Lines, at most 20 MB. Sound and pictures are not taken."
        ),
    )
    selection = forms.BooleanField(
        label=gettext_lazy("This interview was recorded to select among candidates, and for nothing else.")
    )

    def clean_file(self) -> tuple[str, bytes]:
        """Its name and its bytes."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB. Hand in the transcript, not the sound.")
                % {"most": MOST_BYTES >> 20}
            )
        return str(file.name), bytes(file.read())


class SpeakersForm(forms.Form):
    """Which speaker is the candidate. What they say is not shown: whoever has still to rate must not read it here."""

    candidate = forms.ChoiceField(label=gettext_lazy("Who is the candidate?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, speakers: list[Speaker], name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["candidate"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(number), self._told(one)) for number, one in enumerate(speakers)]
        named = [number for number, one in enumerate(speakers) if one.role == "candidate"] or [
            number for number, one in enumerate(speakers) if one.label.strip().casefold() == name.strip().casefold()
        ]
        if len(named) == 1:
            field.initial = str(named[0])
        self._labels = [one.label for one in speakers]

    @staticmethod
    def _told(one: Speaker) -> str:
        turns = ngettext("%(n)d turn", "%(n)d turns", one.turns) % {"n": one.turns}
        share = _("%(share)s of what is said") % {"share": locale(get_language() or "en").percent(one.share)}
        first = " · " + _("speaks first") if one.first else ""
        return f"\N{FIRST STRONG ISOLATE}{clean(one.label)}\N{POP DIRECTIONAL ISOLATE} · {turns} · {share}{first}"

    def label(self) -> str:
        """The chosen speaker's label."""
        return self._labels[int(self.cleaned_data["candidate"])]
