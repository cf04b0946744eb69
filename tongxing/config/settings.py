"""The one settings file. What differs between machines comes from the state folder (config/state.py) and the environment."""

import os
from pathlib import Path

from tongxing.config.demo.staff import PASSWORD, STAFF, TRAINED_AS
from tongxing.config.instance import is_training
from tongxing.config.state import State

HOUSE = Path(__file__).resolve().parent.parent
STATE = State.load()

TRAINING = is_training()
DEMO = TRAINING or os.environ.get("TONGXING_DEMO") == "1"  # training is done on demonstration data
DEMO_LOGINS = [(member.role, member.login) for member in STAFF] if DEMO else []  # shown on the sign-in page
DEMO_LOGINS[:0] = TRAINED_AS if TRAINING else []
DEMO_PASSWORD = PASSWORD if DEMO else ""
DEBUG = False
SECRET_KEY = STATE.secret("django")
ALLOWED_HOSTS = os.environ.get("TONGXING_HOSTS", "localhost,127.0.0.1,[::1]").split(",")
CERTIFICATE = os.environ.get("TONGXING_CERTIFICATE", "")  # PEM; with TONGXING_CERTIFICATE_KEY we speak TLS ourselves
BEHIND_TLS = os.environ.get("TONGXING_TLS") == "1" or bool(CERTIFICATE)
# Whose X-Forwarded-For and -Proto count (config/proxies.py); of everybody else such words are dropped.
PROXIES = os.environ.get("TONGXING_PROXIES", "127.0.0.1,::1" if BEHIND_TLS and not CERTIFICATE else "")

INSTALLED_APPS = [
    "django.contrib.contenttypes",  # pghistory and pgtrigger ask for it
    "django.contrib.staticfiles",
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "tongxing.access",
    "tongxing.organisations",
    "tongxing.facts",
    "tongxing.registry",
    "tongxing.procedures",
    "tongxing.casework",
    "tongxing.programme",
    "tongxing.publishing",
    "tongxing.audit",
    "tongxing.rights",
    "tongxing.desk",
]

MIDDLEWARE = [
    "tongxing.access.middleware.Headers",  # strict policy on every answer
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tongxing.publishing.kept.KeptPages",  # what everybody reads, kept as bytes: before any transaction (ADR 17)
    "tongxing.access.middleware.ActingTransaction",  # outermost of what touches the database: transaction and context
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tongxing.access.middleware.Ordinary",
    "django.middleware.csrf.CsrfViewMiddleware",
    "tongxing.desk.middleware.SiteClock",
    "tongxing.desk.middleware.RoomToSave",
    "tongxing.access.middleware.SignedInUnlessPublic",
]

ROOT_URLCONF = "tongxing.config.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [HOUSE / "templates", HOUSE / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csrf",
                "tongxing.desk.frame.frame",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static", "tongxing.desk.templatetags.tx"],
        },
    }
]

# One role per job (docs/security.md). `default` is what pages and jobs use; it owns nothing.
DATABASES = {
    alias: STATE.database(role)
    for alias, role in {
        "default": "tx_app",
        "owner": "tx_owner",
        "counter": "tx_counter",
        "log": "tx_log",
        "linker": "tx_linker",
        "sealer": "tx_sealer",
        "auditor": "tx_auditor",
        "keeper": "tx_keeper",
    }.items()
}
DATABASE_ROUTERS = ["tongxing.core.routing.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "access.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]

PROCRASTINATE_IMPORT_PATHS = ["tongxing.config.backups.tasks"]  # jobs that belong to no app

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English"), ("mn", "Монгол")]
LOCALE_PATHS = [HOUSE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("TONGXING_TIME_ZONE", "Asia/Shanghai")  # of public pages; a centre has its own

STATIC_URL = "/static/"
STATICFILES_DIRS = [HOUSE / "static"]
STATIC_ROOT = STATE.folder / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 86400

FACTS_FOLDER = STATE.folder / "facts"  # Parquet, a copy outside the walls: 0700
LINKING_FOLDER = STATE.folder / "linking"  # what a job has compared and not yet written: 0700
# Where signed roots of the trace are copied: best a folder on another machine, or one that can only be added to.
ROOTS_FOLDER = Path(os.environ.get("TONGXING_ROOTS") or STATE.folder / "roots")
TRACE_DAYS = max(
    180, int(os.environ.get("TONGXING_TRACE_DAYS", "1096"))
)  # the database holds the 180 (access/sql/trace.sql)
EXTRACTS_FOLDER = STATE.folder / "extracts"  # files that officers asked for, for a week: 0700

PLACES = STATE.places()  # where room is looked at before anything is saved

SESSION_MINUTES_IDLE = 15
SESSION_HOURS = 12
# Browsers send a cookie to every port of a host: beside a real instance, training has names of its own.
COOKIES_BEGIN = "training_" if TRAINING else "tx_"
CSRF_COOKIE_NAME = "training_csrftoken" if TRAINING else "csrftoken"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = BEHIND_TLS
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_HSTS_SECONDS = 31536000 if BEHIND_TLS else 0
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# A file is held in memory up to here; one in a larger body is read past and never kept, on disk neither.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 11 * 1024 * 1024

PGHISTORY_ADMIN_ALL_EVENTS = False
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "tongxing.core.logs.AsJson"
            if os.environ.get("TONGXING_LOG", "json") == "json"
            else "tongxing.core.logs.WithoutValues",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"tongxing.requests": {"level": "WARNING" if DEMO else "INFO"}},  # one line a request
}
