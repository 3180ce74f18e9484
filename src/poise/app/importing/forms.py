"""What people fill in to hand in files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poise.app.access import Purpose
from poise.model import ROLES
from poise.reading.recognise import FORMATS

__all__ = ["MOST_FILES", "UploadForm"]

MOST_FILES = 20
_PURPOSES = [
    (Purpose.COACHING.value, gettext_lazy("coaching: for coaches, and for the people themselves")),
    (Purpose.SELECTION.value, gettext_lazy("selection: for hiring, never for coaching")),
]


class _ManyFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class _FilesField(forms.FileField):
    """Several files; the value is a list."""

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Check that there are files, and not too many."""
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if not files and self.required:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > MOST_FILES:
            raise forms.ValidationError(_("Hand in at most %(most)d files at a time.") % {"most": MOST_FILES})
        return list(files)


class UploadForm(forms.Form):
    """Files of conversations, and how to read them."""

    uploads = _FilesField(
        label=gettext_lazy("Files"),
        widget=_ManyFiles,
        help_text=gettext_lazy(
            "Exports of Chatwoot, Zendesk, Intercom, Freshdesk or Contact Lens, transcripts (WebVTT, SRT, WhisperX),"
            " CSV, Parquet, ConvoKit or canonical JSON Lines; plain, .gz or .zst. The files are looked at first;"
            " nothing is kept until you confirm."
        ),
    )
    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        choices=_PURPOSES,
        initial=Purpose.COACHING.value,
        help_text=gettext_lazy("It holds for ever: records of one purpose are never used for the other."),
    )
    people = forms.FileField(
        label=gettext_lazy("Names that belong together"),
        required=False,
        help_text=gettext_lazy("A CSV or TOML file with the columns name, person and team."),
    )
    origin = forms.CharField(
        label=gettext_lazy("System"),
        required=False,
        max_length=100,
        help_text=gettext_lazy(
            "Only where several systems number their conversations alike: a short name that stays the same."
        ),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        required=False,
        choices=[("", gettext_lazy("tell it from the content")), *((name, name) for name in FORMATS)],
    )
    roles = forms.CharField(
        label=gettext_lazy("Roles of speakers"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=gettext_lazy(
            "For transcripts that only number their speakers: one a line, such as SPEAKER_00 = agent. "
            "The label * is everyone not named."
        ),
    )

    def clean_roles(self) -> dict[str, str]:
        """Return label → role."""
        roles: dict[str, str] = {}
        for line in self.cleaned_data["roles"].splitlines():
            if not line.strip():
                continue
            label, _sign, role = (part.strip() for part in line.rpartition("="))
            if not label or role not in ROLES:
                raise forms.ValidationError(
                    _("“%(line)s”: write a label, an equals sign and one of %(roles)s.")
                    % {"line": line.strip()[:100], "roles": ", ".join(ROLES)}
                )
            roles[label] = role
        return roles
