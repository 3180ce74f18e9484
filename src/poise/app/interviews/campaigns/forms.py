"""What is asked of a campaign and its stages."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.utils import translation
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from poise.app.access import Capability, scope
from poise.app.accounts.models import Team, User
from poise.app.interviews.campaigns.models import Campaign, Stage
from poise.app.interviews.kits.models import KitVersion
from poise.app.knowledge.bank import item_bank
from poise.knowledge.interviews import Kit

__all__ = ["CampaignForm", "StageForm"]


class _KitField(forms.ModelChoiceField[KitVersion]):
    def label_from_instance(self, obj: KitVersion) -> str:
        return gettext("%(kit)s, version %(number)s") % {"kit": obj.kit.title, "number": obj.number}


class CampaignForm(forms.ModelForm[Campaign]):
    """A campaign's kit and rules. Once it is open, what ratings rest on stays as it is."""

    anchor = forms.ChoiceField(
        label=_("Recorded interview"),
        required=False,
        help_text=_(
            "Everybody who interviews in this campaign also rates this invented interview, from its written answers. "
            "That way it shows how strict each of them is, and all candidates can be compared."
        ),
    )

    class Meta:
        model = Campaign
        fields = (
            "title",
            "team",
            "kit",
            "language",
            "contact",
            "raters_each",
            "anchor",
            "needs_calibration",
            "notice_days",
            "notice",
            "retention_months",
        )
        field_classes = {"kit": _KitField}
        labels = {
            "title": pgettext_lazy("of a campaign", "Title"),
            "team": _("Team"),
            "kit": _("Interview kit"),
            "language": _("Language"),
            "contact": _("Address for candidates' questions"),
            "raters_each": _("Raters an interview"),
            "needs_calibration": _("Raters practise before they rate"),
            "notice_days": _("Business days between notice and interview"),
            "notice": _("What else candidates are told"),
            "retention_months": _("Months kept after closing"),
        }
        help_texts = {
            "kit": _("Only published versions: their weights are fixed before any rating."),
            "raters_each": _("Two or more, so that no single rater decides."),
            "needs_calibration": _("Rating opens for somebody when they rate practice answers as the experts did."),
            "notice_days": _(
                "Monday to Friday. Public holidays are not known here, so add days for those. "
                "New York City asks for 10."
            ),
            "notice": _("Comes after the standard text, in the campaign's language."),
            "retention_months": _("Then everything that is held on the candidates is removed."),
        }
        widgets = {"notice": forms.Textarea(attrs={"rows": 5, "dir": "auto"})}

    def __init__(self, *args: Any, user: User | AnonymousUser, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reached = scope(user, Capability.MANAGE_CAMPAIGNS)
        teams = Team.objects.filter(active=True)
        team = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        team.queryset = teams if reached.everything else teams.filter(pk__in=reached.teams)
        kits = KitVersion.objects.exclude(published_at=None).select_related("kit").order_by("kit__title", "-number")
        kit = cast("forms.ModelChoiceField[KitVersion]", self.fields["kit"])
        kit.queryset = kits if reached.everything else kits.filter(kit__team__in=reached.teams)
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"), choices=settings.LANGUAGES, help_text=self.fields["language"].help_text
        )
        for name, low, high in (("raters_each", 1, 6), ("notice_days", 0, 60), ("retention_months", 1, 120)):
            self.fields[name] = forms.IntegerField(
                label=self.fields[name].label,
                help_text=self.fields[name].help_text,
                min_value=low,
                max_value=high,
                initial=self.fields[name].initial,
            )
        language = translation.get_language() or "en"
        recorded = [(one.id, one.name.get(language[:2]) or one.name["en"]) for one in item_bank().recorded.values()]
        anchor = cast("forms.ChoiceField", self.fields["anchor"])
        anchor.choices = [("", gettext("none")), *recorded]
        if self.instance.pk is None and recorded:
            anchor.initial = recorded[0][0]
        if self.instance.pk is not None:
            del self.fields["team"]
        if self.instance.opened_at is not None:
            for name in ("kit", "anchor", "raters_each"):
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        """A kit belongs to the team that hires."""
        entered = super().clean() or {}
        kit, team = entered.get("kit"), entered.get("team") or (self.instance.team if self.instance.team_id else None)
        if kit is not None and team is not None and kit.kit.team_id != team.pk:
            self.add_error("kit", gettext("This kit is another team's."))
        return entered


class StageForm(forms.ModelForm[Stage]):
    """One step: how people meet, for how long, and what is asked in which order."""

    questions = forms.MultipleChoiceField(
        label=_("Questions"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: all.")
    )
    order = forms.CharField(
        label=_("Order"),
        required=False,
        max_length=1_000,
        help_text=_(
            "Numbers of the ticked questions in the order in which they are asked, such as 3, 1, 2. Empty: as above."
        ),
    )

    class Meta:
        model = Stage
        fields = ("title", "mode", "minutes")
        labels = {
            "title": pgettext_lazy("of a stage", "Title"),
            "mode": _("How people meet"),
            "minutes": _("Minutes"),
        }

    def __init__(self, *args: Any, kit: Kit, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._ids = [one.id for one in kit.questions]
        texts = [one.text.get(language) or next(iter(one.text.values())) for one in kit.questions]
        field = cast("forms.MultipleChoiceField", self.fields["questions"])
        field.choices = [
            (key, f"{number}. {text}") for number, (key, text) in enumerate(zip(self._ids, texts, strict=True), 1)
        ]
        chosen = [key for key in self.instance.questions if key in self._ids]
        field.initial = chosen
        if chosen and chosen != sorted(chosen, key=self._ids.index):
            self.fields["order"].initial = ", ".join(str(self._ids.index(key) + 1) for key in chosen)
        self.fields["minutes"] = forms.IntegerField(
            label=_("Minutes"), min_value=10, max_value=480, initial=self.fields["minutes"].initial
        )

    def clean(self) -> dict[str, Any]:
        """The order names each ticked question once."""
        entered = super().clean() or {}
        ticked = set(entered.get("questions", []))
        chosen = [key for key in self._ids if key in ticked]
        if entered.get("order", "").strip():
            numbers = entered["order"].replace(",", " ").split()
            try:
                ordered = [self._ids[int(number) - 1] for number in numbers if int(number) > 0]
            except (ValueError, IndexError):
                ordered = []
            wanted = chosen or self._ids
            if sorted(ordered) != sorted(wanted) or len(numbers) != len(wanted):
                self.add_error("order", gettext("Write the number of every ticked question once."))
            chosen = ordered
        entered["questions"] = chosen
        return entered

    def save(self, commit: bool = True) -> Stage:
        """Keep the questions in their order."""
        self.instance.questions = self.cleaned_data["questions"]
        return super().save(commit)
