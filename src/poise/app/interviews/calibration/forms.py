"""What a rater says of a practice answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from poise.knowledge.interviews import LEVELS

__all__ = ["RatingForm"]

_WORDS: Final = 3
"""Words that stand together in the answer and in the reason, so that behaviour is quoted."""
_WORD: Final = re.compile(r"\w+")


class RatingForm(forms.Form):
    """A level, and the reason for it with words of the answer."""

    level = forms.TypedChoiceField(
        label=_("Level"), coerce=int, choices=[(level, str(level)) for level in LEVELS], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        help_text=_(
            "Quote what decides it, at least three words as they stand in the answer, and say which anchor it meets."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
    )

    def __init__(self, *given: Any, answers: Iterable[str], **named: Any) -> None:
        super().__init__(*given, **named)
        self._answers = tuple(answers)

    def clean_reason(self) -> str:
        """The reason, where it quotes the answer in one of the languages that it is shown in."""
        reason: str = self.cleaned_data["reason"]
        said = set(_runs(reason))
        if not any(run in said for answer in self._answers for run in _runs(answer)):
            raise ValidationError(
                _("Quote at least three words that stand together in the answer: a level rests on what was said.")
            )
        return reason


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return zip(*(words[start:] for start in range(_WORDS)), strict=False)
