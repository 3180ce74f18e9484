"""Forms of accounts and their administration."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poise.app.access import TABLE, Capability, Reach, Role, may
from poise.app.accounts.models import MailSettings, Team, User
from poise.app.accounts.models.users import ROLE_NAMES

__all__ = [
    "GRANTED_TO_TOKENS",
    "InvitationForm",
    "JoinForm",
    "MailForm",
    "OwnAccountForm",
    "RoleForm",
    "TeamForm",
    "TestMailForm",
    "TokenForm",
    "UserForm",
]

#: what a token may be given, with what it says
GRANTED_TO_TOKENS = {
    Capability.IMPORT: _("send conversations"),
    Capability.VIEW_PERSON: _("read estimates of people"),
    Capability.VIEW_KNOWLEDGE: _("read traits and behaviours"),
    Capability.MANAGE_CAMPAIGNS: _("read campaigns, and read and add candidates"),
}


class OwnAccountForm(forms.ModelForm[User]):
    """One's own name and language."""

    language = forms.ChoiceField(
        label=_("Language"), choices=[("", _("as the browser asks")), *settings.LANGUAGES], required=False
    )

    class Meta:
        model = User
        fields = ("name", "language")


class UserForm(forms.ModelForm[User]):
    """Somebody else's account."""

    class Meta:
        model = User
        fields = ("name", "is_active")


class _RoleAndTeam(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    team = forms.ModelChoiceField(
        label=_("Team"),
        queryset=Team.objects.none(),
        required=False,
        empty_label=_("all teams"),
        help_text=_("A coach or hiring manager with all teams sees everyone."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        team = self.fields["team"]
        assert isinstance(team, forms.ModelChoiceField)
        team.queryset = Team.objects.filter(active=True)

    def clean(self) -> dict[str, Any]:
        """A role that is for the whole installation takes no team."""
        cleaned = super().clean() or {}
        role = cleaned.get("role")
        if role and not any(roles.get(Role(role)) is Reach.TEAMS for roles in TABLE.values()):
            cleaned["team"] = None
        return cleaned


class RoleForm(_RoleAndTeam):
    """One more role for somebody."""


class InvitationForm(_RoleAndTeam):
    """Somebody new."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=200, required=False)
    field_order = ("email", "name", "role", "team")


class JoinForm(forms.Form):
    """What somebody who follows an invitation, or the set-up link, fills in."""

    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    name = forms.CharField(label=pgettext_lazy("of a person", "Name"), max_length=200)
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validators_help_text_html,
    )

    def __init__(self, *args: Any, email: str = "", with_password: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "username"
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        if email:
            del self.fields["email"]
        if not with_password:
            del self.fields["password"]
        self._email = email

    def clean(self) -> dict[str, Any]:
        """The password is judged together with name and address, which it must not resemble."""
        cleaned = super().clean() or {}
        if "password" in self.fields and cleaned.get("password"):
            email = self._email or cleaned.get("email", "")
            try:
                validate_password(cleaned["password"], User(email=email, name=cleaned.get("name", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class TeamForm(forms.ModelForm[Team]):
    """A team."""

    class Meta:
        model = Team
        fields = ("name", "active")


class TokenForm(forms.Form):
    """A new API token; offers only what its owner may do."""

    name = forms.CharField(label=_("What it is for"), max_length=100)
    capabilities = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        choices=[(30, _("30 days")), (90, _("90 days")), (365, _("one year"))],
        initial=90,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = self.fields["capabilities"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = [(one.value, title) for one, title in GRANTED_TO_TOKENS.items() if may(user, one)]


class MailForm(forms.ModelForm[MailSettings]):
    """The SMTP server. The password is asked for only to change it, and never shown."""

    password = forms.CharField(
        label=_("Password at the server"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_("Empty keeps the present one. It is stored encrypted."),
    )

    class Meta:
        model = MailSettings
        fields = ("host", "port", "security", "username", "sender")

    field_order = ("host", "port", "security", "username", "password", "sender")

    def save(self, commit: bool = True) -> MailSettings:
        """Keep what was entered; without a user name there is no password either."""
        if not self.cleaned_data["username"]:
            self.instance.password = ""
        elif self.cleaned_data["password"]:
            self.instance.password = self.cleaned_data["password"]
        return super().save(commit)


class TestMailForm(forms.Form):
    """Where the trial message goes."""

    to = forms.EmailField(label=_("Send a trial message to"), max_length=254)
