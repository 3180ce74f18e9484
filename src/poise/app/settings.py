"""Settings of the app. Whatever differs between installations comes from the environment or from ``POISE_HOME``.

``POISE_HOME``         folder of this installation (default ``~/.local/share/poise``)
``POISE_URL``          address people type (default ``http://localhost:8000``); https turns on secure cookies and HSTS
``POISE_SECRET_KEY``   instead of the file ``secret.key``
``DATABASE_URL``       ``postgresql://user:password@host:port/name``; without it SQLite in ``POISE_HOME``
``POISE_PROXIES``      number of trusted proxies in front (default 0): how many entries of X-Forwarded-For to believe
``POISE_OIDC_URL``, ``POISE_OIDC_CLIENT``, ``POISE_OIDC_SECRET``, ``POISE_OIDC_NAME``  sign-in with an OpenID provider
``POISE_SMTP_URL``     ``smtp[s]://user:password@host:port?from=address``: e-mail, instead of the settings page
"""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from poise.app import home

# forms and managers say of which model they are, and Django's own classes do not take that while they run
django_stubs_ext.monkeypatch()

HERE = Path(__file__).parent
HOME = home.folder()
SECRET_KEY = home.secret_key(HOME)
DEBUG = False

PUBLIC_URL = os.environ.get("POISE_URL", "http://localhost:8000").rstrip("/")
_address = urlsplit(PUBLIC_URL)
if _address.scheme not in {"http", "https"} or not _address.hostname:
    raise ImproperlyConfigured(f"POISE_URL is {PUBLIC_URL!r}; it must look like https://poise.example.org")
HTTPS = _address.scheme == "https"
ALLOWED_HOSTS = list(dict.fromkeys([_address.hostname, "localhost", "127.0.0.1", "[::1]"]))
CSRF_TRUSTED_ORIGINS = [f"{_address.scheme}://{_address.netloc}"]


PROXIES = home.whole_number("POISE_PROXIES", 0)

INSTALLED_APPS = [
    "poise.app.accounts",
    "poise.app.people",
    "poise.app.conversations",
    "poise.app.importing",
    "poise.app.work",
    "poise.app.knowledge",
    "poise.app.audit",
    *(
        f"poise.app.interviews.{room}"
        for room in (
            "kits",
            "campaigns",
            "calibration",
            "room",
            "recordings",
            "panel",
            "decisions",
            "candidacy",
        )
    ),
    "poise.app.fairness",
    "poise.app.demonstration",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "poise.app.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "poise.app.middleware.WhoActs",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "poise.app.middleware.Guard",
]
ROOT_URLCONF = "poise.app.urls"
ASGI_APPLICATION = "poise.app.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HERE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "poise.app.access.for_templates",
                "poise.app.navigation.for_templates",
            ]
        },
    }
]


def _database(url: str | None) -> dict[str, Any]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HOME / "poise.sqlite3",
            "OPTIONS": {
                "timeout": 20,
                # a reader that turns writer would fail at once with "locked"; asking to write first waits its turn
                "transaction_mode": "IMMEDIATE",
                # FULL: what was acknowledged is on disk even after a power cut
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;"
                # what is deleted is overwritten where that costs no more writing
                " PRAGMA secure_delete=FAST;",
            },
        }
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/") or port == -1:
        raise ImproperlyConfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # a folder with the server's socket stands in the query, as libpq writes it: postgresql://user@/name?host=/run/…
        "HOST": parse_qs(parts.query).get("host", [unquote(parts.hostname or "")])[0],
        "PORT": str(port or ""),
        # each request has a thread of its own under ASGI: a connection kept after it is used by nobody, and they add up
        "CONN_MAX_AGE": 0,
    }


DATABASES = {"default": _database(os.environ.get("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("he", "עברית"), ("nb", "Norsk bokmål")]
LOCALE_PATHS = [HERE / "locale"]
FORMAT_MODULE_PATH = "poise.app.formats"
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_TZ = True
TIME_ZONE = os.environ.get("POISE_TIME_ZONE") or "UTC"
try:
    ZoneInfo(TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError):
    raise ImproperlyConfigured(f"POISE_TIME_ZONE is {TIME_ZONE!r}; it must look like Europe/Oslo") from None

STATIC_URL = "static/"
STATIC_ROOT = HOME / "static"
STATICFILES_DIRS = [HERE / "static"]
MEDIA_ROOT = HOME / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "poise.app.importing.uploads.Limited",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# who signs in, and how
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "landing"
ACCOUNT_ADAPTER = "poise.app.accounts.adapters.ByInvitation"
SOCIALACCOUNT_ADAPTER = "poise.app.accounts.adapters.KnownPeopleOnly"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # an account exists only by an invitation that was sent to that address
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False  # ends with the browser, and after SESSION_COOKIE_AGE
ACCOUNT_RATE_LIMITS = {"login_failed": "60/m/ip"}  # the lock-out proper is accounts.throttling
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _address.scheme
ALLAUTH_TRUSTED_PROXY_COUNT = PROXIES
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = "Poise"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = False
# by a link: a form that ends at the provider is refused by the browser under "form-action 'self'"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True  # the provider is the employer's own, and vouches for its addresses
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {}
if os.environ.get("POISE_OIDC_URL"):
    for _name in ("POISE_OIDC_CLIENT", "POISE_OIDC_SECRET"):
        if not os.environ.get(_name):
            raise ImproperlyConfigured(f"POISE_OIDC_URL is set, so {_name} must be set too")
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": os.environ.get("POISE_OIDC_NAME", "OpenID"),
                "client_id": os.environ["POISE_OIDC_CLIENT"],
                "secret": os.environ["POISE_OIDC_SECRET"],
                "settings": {"server_url": os.environ["POISE_OIDC_URL"]},
            }
        ],
    }
EMAIL_BACKEND = "poise.app.accounts.mail.Backend"
EMAIL_TIMEOUT = 10
EMAIL_SUBJECT_PREFIX = ""

# what a browser is told
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would drop the session when a link in an e-mail is followed
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 12 * 60 * 60
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
if PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],  # the interview room keeps itself for when the connection is gone
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
CSRF_FAILURE_VIEW = "poise.app.accounts.views.failures.csrf"

LOG_LEVEL = os.environ.get("POISE_LOG_LEVEL") or "INFO"
if LOG_LEVEL not in logging.getLevelNamesMapping():
    raise ImproperlyConfigured(f"POISE_LOG_LEVEL is {LOG_LEVEL!r}; it must be DEBUG, INFO, WARNING or ERROR")


def _briefly(record: logging.LogRecord) -> bool:
    """Log what was refused in one line: the way through the code tells something where the code failed alone."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"briefly": {"()": "django.utils.log.CallbackFilter", "callback": _briefly}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["briefly"]}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
}
