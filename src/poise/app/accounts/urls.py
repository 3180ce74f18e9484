"""Addresses of the room ``accounts``. Of allauth only what is used: nobody signs up or changes their address alone."""

from __future__ import annotations

from allauth.account import views as account_views
from allauth.socialaccount import views as social_views
from django.urls import URLPattern, URLResolver, include, path, re_path

from poise.app.accounts.views import administration, landing, machinery, own

_SIGNING_IN: list[URLPattern | URLResolver] = [
    path("sign-in/", account_views.login, name="account_login"),
    path("sign-out/", account_views.logout, name="account_logout"),
    path("sign-up/", account_views.signup, name="account_signup"),  # says that accounts come by invitation
    path("inactive/", account_views.account_inactive, name="account_inactive"),
    path("again/", account_views.reauthenticate, name="account_reauthenticate"),
    path("password/", account_views.password_change, name="account_change_password"),
    path("password/set/", account_views.password_set, name="account_set_password"),
    path("password/reset/", account_views.password_reset, name="account_reset_password"),
    path("password/reset/done/", account_views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account_views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account_views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", include("allauth.mfa.urls")),
    path("provider/cancelled/", social_views.login_cancelled, name="socialaccount_login_cancelled"),
    path("provider/error/", social_views.login_error, name="socialaccount_login_error"),
    path("provider/unknown/", social_views.signup, name="socialaccount_signup"),
    path("provider/", include("allauth.socialaccount.providers.openid_connect.urls")),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", landing.landing, name="landing"),
    path("healthz", landing.alive, name="alive"),
    path("account/", own.account, name="account"),
    path("account/", include(_SIGNING_IN)),
    path("join/<str:secret>/", own.join, name="join"),
    path("enter/<str:secret>/", own.sign_in_by_link, name="sign_in_by_link"),
    path("administration/accounts/", administration.accounts, name="accounts"),
    path("administration/accounts/invite/", administration.invite, name="invite"),
    path("administration/accounts/invitations/<int:key>/withdraw/", administration.withdraw, name="withdraw"),
    path("administration/accounts/<int:key>/", administration.person, name="person_account"),
    path("administration/accounts/<int:key>/roles/", administration.add_role, name="add_role"),
    path("administration/accounts/<int:key>/roles/<int:membership>/drop/", administration.drop_role, name="drop_role"),
    path(
        "administration/accounts/<int:key>/second-factor/",
        administration.reset_second_factor,
        name="reset_second_factor",
    ),
    path("administration/accounts/<int:key>/link/", administration.link_for_candidate, name="link_for_candidate"),
    path("administration/teams/", administration.teams, name="teams"),
    path("administration/teams/<int:key>/", administration.team, name="team"),
    path("administration/settings/", machinery.settings, name="settings"),
    path("administration/settings/trial/", machinery.test_mail, name="test_mail"),
    path("tokens/", machinery.tokens, name="tokens"),
    path("tokens/<int:key>/revoke/", machinery.revoke, name="revoke_token"),
]
