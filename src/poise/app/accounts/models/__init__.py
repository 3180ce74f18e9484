"""People who sign in, their teams and roles, and the proofs that they bring."""

from poise.app.accounts.models.links import OneTimeLink
from poise.app.accounts.models.mail import MailSettings
from poise.app.accounts.models.throttle import FailedSignIn
from poise.app.accounts.models.tokens import ApiToken
from poise.app.accounts.models.users import Membership, Team, User, UserManager

__all__ = ["ApiToken", "FailedSignIn", "MailSettings", "Membership", "OneTimeLink", "Team", "User", "UserManager"]
