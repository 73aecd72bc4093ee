"""Applications, templates, directories, the mode the platform runs in."""

from pathlib import Path

from releve.config import env

PROJECT_DIR = Path(__file__).resolve().parents[4]
VAR_DIR = Path(env.read("RELEVE_VAR_DIR") or PROJECT_DIR / "var")
_data_dir = env.read("RELEVE_DATA_DIR")
RELEVE_DATA_DIR = Path(_data_dir) if _data_dir else None
# Real road times between communes, in place of the road model.
_travel_matrix = env.read("RELEVE_TRAVEL_MATRIX")
TRAVEL_MATRIX = Path(_travel_matrix) if _travel_matrix else None

# "demo" (default: a clone just runs), "production" (unsafe settings refused), "test".
RELEVE_MODE = env.read("RELEVE_MODE", "demo")
if RELEVE_MODE not in {"demo", "production", "test"}:
    raise env.SettingError(f"RELEVE_MODE : « {RELEVE_MODE} » inconnu (demo, production ou test).")
IS_DEMO = RELEVE_MODE == "demo"
IS_PRODUCTION = RELEVE_MODE == "production"
DEBUG = env.read_bool("RELEVE_DEBUG", False)

RELEVE_BASE_URL = (env.read("RELEVE_BASE_URL") or "http://127.0.0.1:8000").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "releve.web.account",  # before allauth: our templates replace its own
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "releve.kernel",
    "releve.contexts.accounts",
    "releve.contexts.territory",
    "releve.contexts.practices",
    "releve.contexts.diagnosis",
    "releve.contexts.practitioners",
    "releve.contexts.patients",
    "releve.contexts.rostering",
    "releve.contexts.booking",
    "releve.contexts.indicators",
    "releve.web.ui",
    "releve.web.public",
    "releve.web.desk",
    "releve.web.clinician",
    "releve.web.coordinator",
    "releve.web.partner",
    "releve.web.territory",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "releve.config.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "releve.web.account.middleware.SessionLimitsMiddleware",
    "releve.web.account.middleware.SecondFactorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "releve.web.ui.middleware.DomainErrorMiddleware",
]

ROOT_URLCONF = "releve.config.urls"
WSGI_APPLICATION = "releve.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
