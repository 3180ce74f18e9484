"""What is filled in to make a kit: one part of it a form, so that what is written is kept bit by bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from poise.app.accounts.models import Team
from poise.app.interviews.kits.editing import mark_of
from poise.app.interviews.kits.exchanging import MOST_BYTES
from poise.app.interviews.kits.laying import LANGUAGE_NAMES
from poise.app.interviews.kits.models import Kit
from poise.knowledge.interviews import LANGUAGES, Question
from poise.languages import LANGUAGES as TONGUES
from poise.reports.quotes import harmless
from poise.reports.titles import Titles

__all__ = [
    "ImportForm",
    "JobForm",
    "OwnQuestionForm",
    "ProbesForm",
    "QuestionForm",
    "StartForm",
    "TraitsForm",
    "seeing",
]

_LONGEST: Final = 2_000
_ANCHORS: Final = ("1", "3", "5")
_SPARE_PROBES: Final = 2


class WordsField(forms.CharField):
    """Words of one language, several lines, without what could deceive the eye."""

    def __init__(self, code: str = "", *, rows: int = 4, longest: int = _LONGEST, **fields: Any) -> None:
        attributes = (
            {"rows": rows, "dir": TONGUES[code].direction, "lang": code} if code else {"rows": rows, "dir": "auto"}
        )
        super().__init__(max_length=longest, required=False, widget=forms.Textarea(attrs=attributes), **fields)

    def clean(self, value: Any) -> str:
        """The words, with plain line ends."""
        return str(harmless(str(super().clean(value)).replace("\r\n", "\n").replace("\r", "\n")))


def seeing(data: Any, part: Any) -> Any:
    """Return posted data as if its form had been made from ``part``."""
    changed = data.copy()
    changed["seen"] = mark_of(part)
    return changed


class _Part(forms.Form):
    """A part of a kit; ``seen`` is the mark of what was stored when the form was made."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    def again(self, part: Any) -> None:
        """Keep what was written, made anew from what is stored now: saving it once more puts it in its place."""
        self.data = seeing(self.data, part)


class StartForm(forms.Form):
    """A job and its team."""

    team = forms.ModelChoiceField(label=gettext_lazy("Team"), queryset=Team.objects.none())
    title = forms.CharField(
        label=gettext_lazy("Job"),
        max_length=200,
        help_text=gettext_lazy("What the kit is for, such as “Guest service, front desk”."),
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )

    def __init__(self, *args: Any, teams: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = teams
        if len(teams) == 1:
            field.initial = teams[0]

    def clean(self) -> dict[str, Any]:
        """Refuse a title that the team has."""
        given = super().clean() or {}
        team, title = given.get("team"), given.get("title")
        if team and title and Kit.objects.filter(team=team, title=title).exists():
            self.add_error("title", _("This team has a kit of that name. Open it and make its next version."))
        return given


class ImportForm(StartForm):
    """A kit as a file. The title may be left empty: the file has one."""

    file = forms.FileField(
        label=gettext_lazy("File"), help_text=gettext_lazy("A kit that was saved as JSON, at most 1 MB.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False
        self.fields["title"].help_text = _("Empty: as the file says.")

    def clean_file(self) -> bytes:
        """Its bytes."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 1 MB: it cannot be a kit."))
        return bytes(file.read())


class JobForm(forms.ModelForm[Kit]):
    """The job's title and its analysis."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    job_analysis = WordsField(longest=10_000, rows=14, label=gettext_lazy("Job analysis"))

    class Meta:
        """The title is the kit's own."""

        model = Kit
        fields = ("title",)
        labels = {"title": gettext_lazy("Job")}
        widgets = {"title": forms.TextInput(attrs={"dir": "auto"})}

    field_order = ("title", "job_analysis")


class TraitsForm(_Part):
    """Which traits the job asks for, and how much each counts."""

    confirmed = forms.BooleanField(
        label=gettext_lazy("Yes, take these questions out with what was written in them"), required=False
    )

    def __init__(self, *args: Any, names: Titles, weights: Mapping[str, float] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = names
        for trait in names.traits:
            title = names.trait(trait)
            self.fields[f"on_{trait}"] = forms.BooleanField(
                label=title, required=False, initial=weights is not None and trait in weights
            )
            self.fields[f"weight_{trait}"] = forms.FloatField(
                label=_("Weight of “%(trait)s”") % {"trait": title},
                required=False,
                min_value=0.1,
                max_value=100,
                initial=f"{(weights or {}).get(trait, 1):g}",
            )

    def lines(self) -> list[dict[str, Any]]:
        """Each trait with its two fields and what it means."""
        return [
            {
                "id": trait,
                "cluster": self._names.trait(self._names.traits[trait].cluster),
                "definition": self._names.definition(trait),
                "on": self[f"on_{trait}"],
                "weight": self[f"weight_{trait}"],
            }
            for trait in self._names.traits
        ]

    def clean(self) -> dict[str, Any]:
        """At least one trait; each that is chosen has a weight."""
        given = super().clean() or {}
        chosen = [trait for trait in self._names.traits if given.get(f"on_{trait}")]
        if not chosen:
            raise forms.ValidationError(_("Choose at least one trait."))
        for trait in chosen:
            if given.get(f"weight_{trait}") is None and f"weight_{trait}" not in self.errors:
                self.add_error(f"weight_{trait}", _("Give a weight from 0.1 to 100."))
        return given

    def weights(self) -> dict[str, float]:
        """The chosen traits with their weights, in the order of the knowledge files."""
        given = self.cleaned_data
        return {trait: float(given[f"weight_{trait}"]) for trait in self._names.traits if given[f"on_{trait}"]}


class QuestionForm(_Part):
    """The words of one question in each language, with its three anchors where answers are rated."""

    def __init__(self, data: Any = None, *, question: Question) -> None:
        initial: dict[str, Any] = {"seen": mark_of(question)}
        for code in LANGUAGES:
            initial[f"text_{code}"] = question.text.get(code, "")
            for level in _ANCHORS:
                initial[f"anchor_{level}_{code}"] = question.anchors.get(level, {}).get(code, "")
        super().__init__(data, initial=initial)
        self._question = question
        for code in LANGUAGES:
            self.fields[f"text_{code}"] = WordsField(code, label=_("Question"))
            for level in _ANCHORS if question.scored else ():
                self.fields[f"anchor_{level}_{code}"] = WordsField(
                    code, label=_("Level %(level)s: an answer like this") % {"level": level}
                )

    def by_language(self) -> list[dict[str, Any]]:
        """The fields of each language."""
        return [
            {
                "code": code,
                "name": LANGUAGE_NAMES[code],
                "text": self[f"text_{code}"],
                "anchors": [(level, self[f"anchor_{level}_{code}"]) for level in _ANCHORS]
                if self._question.scored
                else [],
            }
            for code in LANGUAGES
        ]

    def question(self) -> Question:
        """The question as it is written; a text that is empty is not there."""
        given = self.cleaned_data
        text = {code: given[f"text_{code}"] for code in LANGUAGES if given[f"text_{code}"]}
        anchors: dict[Any, dict[str, str]] = {}
        for level in _ANCHORS if self._question.scored else ():
            said = {code: given[f"anchor_{level}_{code}"] for code in LANGUAGES if given[f"anchor_{level}_{code}"]}
            if said:
                anchors[level] = said
        old = self._question
        return Question(id=old.id, form=old.form, trait=old.trait, text=text, anchors=anchors)


class OwnQuestionForm(forms.Form):
    """What kind of question is added."""

    form = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[
            ("past", gettext_lazy("about the past: what they did")),
            ("dilemma", gettext_lazy("a dilemma: what they would do")),
        ],
    )


class ProbesForm(_Part):
    """The probes, the same for all questions: a few sentences, each in every language."""

    def __init__(self, data: Any = None, *, probes: Sequence[Mapping[str, str]]) -> None:
        self._count = len(probes) + _SPARE_PROBES
        initial: dict[str, Any] = {"seen": mark_of(list(probes))}
        for number, texts in enumerate(probes):
            initial |= {f"probe_{number}_{code}": texts.get(code, "") for code in LANGUAGES}
        super().__init__(data, initial=initial)
        for number in range(self._count):
            for code in LANGUAGES:
                self.fields[f"probe_{number}_{code}"] = WordsField(
                    code, rows=2, longest=500, label=LANGUAGE_NAMES[code]
                )

    def rows(self) -> list[list[Any]]:
        """The fields of each probe."""
        return [[self[f"probe_{number}_{code}"] for code in LANGUAGES] for number in range(self._count)]

    def probes(self) -> list[dict[str, str]]:
        """The probes as they are written."""
        given = self.cleaned_data
        return [
            {code: given[f"probe_{number}_{code}"] for code in LANGUAGES if given[f"probe_{number}_{code}"]}
            for number in range(self._count)
        ]
