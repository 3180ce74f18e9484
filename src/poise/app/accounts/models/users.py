"""User, Team and the Membership that gives a user a role."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from poise.app.access import Role

ROLE_NAMES = {
    Role.ADMINISTRATOR: _("administrator"),
    Role.HIRING_MANAGER: _("hiring manager"),
    Role.INTERVIEWER: _("interviewer"),
    Role.COACH: _("coach"),
    Role.AGENT: _("agent"),
    Role.CANDIDATE: _("candidate"),
    Role.AUDITOR: _("auditor"),
}


class UserManager(BaseUserManager["User"]):
    """Makes users by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A new user; without ``password`` they can sign in only by link or by an OpenID provider.

        Raises:
            ValueError: no address was given.
        """
        from allauth.account.models import EmailAddress  # not before every app's models are loaded

        if not email.strip():
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        with transaction.atomic(using=self._db):
            user.save(using=self._db)
            # allauth keeps addresses apart; ours counts as proven, since an account comes by a link sent there
            EmailAddress.objects.using(self._db).create(user=user, email=user.email, primary=True, verified=True)
        return user

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Addresses are kept in lower case, so that one address is one user."""
        return (email or "").strip().lower()

    def get_by_natural_key(self, username: str | None) -> User:
        """By address, however it is capitalised."""
        return self.get(email=self.normalize_email(username))


class User(AbstractBaseUser):
    """Somebody who can sign in. Known by e-mail address; what they may do follows from their memberships."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    is_active = models.BooleanField(_("may sign in"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()
    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(Lower("email"), name="one_user_per_address")
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def clean(self) -> None:
        """Normalise the address before validation compares it."""
        super().clean()
        self.email = UserManager.normalize_email(self.email)

    def get_full_name(self) -> str:
        """The name to show."""
        return str(self)

    def roles(self) -> tuple[tuple[Role, int | None], ...]:
        """Each role with its team's key, ``None`` for all teams. Read once per object; see :meth:`forget_roles`."""
        if not hasattr(self, "_roles"):
            self._roles = tuple(
                (Role(role), team) for role, team in self.memberships.order_by("id").values_list("role", "team_id")
            )
        return self._roles

    def forget_roles(self) -> None:
        """Read the roles anew at the next question; call after changing memberships."""
        if hasattr(self, "_roles"):
            del self._roles


class Team(models.Model):
    """A group that works, and is coached, together."""

    name = models.CharField(pgettext_lazy("of a team", "name"), max_length=200, unique=True)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one user, in one team or (``team`` empty) in all of them."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="memberships", verbose_name=_("team")
    )
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, name) for role, name in ROLE_NAMES.items()])
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["user", "role", "team"], condition=models.Q(team__isnull=False), name="one_role_per_team"
            ),
            models.UniqueConstraint(
                fields=["user", "role"], condition=models.Q(team__isnull=True), name="one_role_for_all_teams"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.role}"
