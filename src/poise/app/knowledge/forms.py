"""What people write on the knowledge pages."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from poise.app.knowledge.models import Choice
from poise.knowledge.phrases import PhraseError, expand
from poise.languages import LANGUAGES, language

__all__ = ["PhraseForm", "ReasonForm", "TryForm"]

_LANGUAGES: Final = [("en", "English"), ("he", "עברית"), ("nb", "Norsk bokmål")]
_LONGEST: Final = 5_000  # characters of a sentence to try: an e-mail, not a book


class TryForm(forms.Form):
    """A turn to try, with what came before it."""

    text = forms.CharField(
        label=_("What is said"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    previous = forms.CharField(
        label=_("What was said before"),
        help_text=_("Optional. One turn a line, oldest first, by the other side; write agent: or customer: first."),
        required=False,
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
    )
    role = forms.ChoiceField(
        label=_("Who says it"),
        choices=[("agent", _("Agent")), ("customer", _("Customer")), ("colleague", _("Colleague"))],
    )
    language = forms.ChoiceField(label=_("Language of the words"), choices=_LANGUAGES)
    channel = forms.ChoiceField(
        label=_("Channel"), choices=[("chat", _("Chat")), ("call", _("Call")), ("email", _("E-mail"))]
    )

    def turns_before(self) -> list[str]:
        """Return the turns before, oldest first."""
        return [line.strip() for line in self.cleaned_data["previous"].splitlines() if line.strip()]


class ReasonForm(forms.Form):
    """Why a behaviour is switched off."""

    reason = forms.CharField(
        label=_("Why it is switched off"),
        help_text=_("Everybody who reads the knowledge pages sees this."),
        max_length=500,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class PhraseForm(forms.ModelForm[Choice]):
    """A phrase that a script dictates."""

    language = forms.ChoiceField(label=_("Language of the words"), choices=_LANGUAGES)

    class Meta:
        """Phrase, language, reason."""

        model = Choice
        fields = ("value", "language", "reason")
        labels = {"value": _("Phrase"), "reason": _("Why it is no evidence")}
        help_texts = {
            "value": _("As it is said. An asterisk at the end of a word stands for any ending, _ for any one word.")
        }
        widgets = {
            "value": forms.TextInput(attrs={"dir": "auto"}),
            "reason": forms.TextInput(attrs={"dir": "auto"}),
        }

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot be read as a phrase, and what is there already."""
        given = super().clean() or {}
        value, code = given.get("value"), given.get("language")
        spoken = language(code) if code else None
        if value and spoken is not None:
            try:
                expand(value, LANGUAGES[spoken.code])
            except PhraseError as error:
                self.add_error("value", str(error))
            if Choice.objects.filter(kind=Choice.Kind.SCRIPTED, language=code, value=value).exists():
                self.add_error("value", _("This phrase is there already."))
        return given
