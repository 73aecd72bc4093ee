"""Sign-in with django-allauth: mail and password, passkeys, TOTP; no public sign-up.

Durations are in the unit that the name says. Figures that a deployment may change come from the environment.
"""

from datetime import timedelta

from releve.config import env

from .core import IS_PRODUCTION, RELEVE_MODE

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account:home"
LOGOUT_REDIRECT_URL = "account_login"

# Passwords: CNIL 2022-100 asks 80 bits alone, 50 with throttled attempts (they are). No forced rotation.
PASSWORD_MIN_BITS = env.read_int("RELEVE_PASSWORD_MIN_BITS", 50, minimum=50)
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "releve.contexts.accounts.passwords.StrengthValidator",
        "OPTIONS": {"minimum_bits": PASSWORD_MIN_BITS},
    },
    {"NAME": "releve.contexts.accounts.passwords.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "full_name")},
    },
]
PASSWORD_RESET_TIMEOUT = env.read_int("RELEVE_PASSWORD_RESET_MINUTES", 60, minimum=5) * 60

# Invitations.
INVITATION_LIFETIME = timedelta(days=env.read_int("RELEVE_INVITATION_DAYS", 7, minimum=1))

# Sessions: ended by the server when idle, and in any case after the absolute limit.
SESSION_IDLE_LIMIT = timedelta(minutes=env.read_int("RELEVE_SESSION_IDLE_MINUTES", 30, minimum=1))
SESSION_ABSOLUTE_LIMIT = timedelta(hours=env.read_int("RELEVE_SESSION_HOURS", 12, minimum=1))
SESSION_COOKIE_AGE = int(SESSION_ABSOLUTE_LIMIT.total_seconds())
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# Second factor: compulsory for staff; only fictional people of the demonstration are exempt.
# The test suite signs people in without a browser, so it switches the rule on where it tests it.
SECOND_FACTOR_REQUIRED = env.read_bool("RELEVE_SECOND_FACTOR_REQUIRED", RELEVE_MODE != "test")
if IS_PRODUCTION and not SECOND_FACTOR_REQUIRED:
    raise env.SettingError("RELEVE_SECOND_FACTOR_REQUIRED : obligatoire en production, ne pas le désactiver.")

# Counters of attempts live in the database, so that the limits hold across every server process.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "releve_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# allauth. The address of a person is proved by the invitation: no address to confirm, none to add.
ACCOUNT_ADAPTER = "releve.web.account.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_PRODUCTION else "http"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_RATE_LIMITS = {
    "login": env.read("RELEVE_RATE_LOGIN", "30/m/ip"),
    "login_failed": env.read("RELEVE_RATE_LOGIN_FAILED", "10/m/ip,5/5m/key"),
    "reset_password": env.read("RELEVE_RATE_PASSWORD_RESET", "20/m/ip,3/15m/key"),
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.read_int("RELEVE_TRUSTED_PROXIES", 0, minimum=0)

MFA_ADAPTER = "releve.web.account.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Relève"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_PRODUCTION
