"""Django's settings, put together from the environment and the capabilities that are there."""

from django.core.management.utils import get_random_secret_key

from amity.kernel.hooks.discovery import installed_apps
from amity.project import environment as env
from amity.project import sqlite_library
from amity.project.databases import database_settings

sqlite_library.install()

HOME = env.home()


def _secret_key() -> str:
    given = env.SECRET_KEY.text()
    if given:
        return given
    file = HOME / "secret-key"
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(get_random_secret_key(), encoding="utf-8")
    return file.read_text(encoding="utf-8")


SECRET_KEY = _secret_key()
DEBUG = env.DEBUG.flag()
BASE_URL = env.BASE_URL.text().rstrip("/")
ALLOWED_HOSTS = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    BASE_URL.split("://")[-1].split("/")[0].rsplit(":", 1)[0],
    *env.ALLOWED_HOSTS.words(),
]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "amity.kernel.jobs",
    "amity.kernel.access",
    "amity.kernel.calendars",
    "amity.kernel.customers",
    "amity.kernel.commerce",
    "amity.kernel.touchpoints",
    "amity.kernel.interactions",
    "amity.kernel.traits",
    "amity.kernel.imports",
    "amity.kernel.messaging",
    "amity.kernel.segments",
    "amity.kernel.policy",
    "amity.ui",
    "amity.web",
    *installed_apps(),
]

MIDDLEWARE = [
    "amity.web.metrics.CountRequests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "amity.web.shell.LocalTime",
    "amity.web.errors.PlainFailures",
    "amity.kernel.access.doors.DenyByDefault",
]

ROOT_URLCONF = "amity.project.urls"
WSGI_APPLICATION = "amity.project.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "amity.ui.jinja.environment",
            "context_processors": ["amity.web.shell.context"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

DATABASES = {"default": database_settings(env.DATABASE_URL.text(), home=HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "access.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "sesame.backends.ModelBackend",
]
SESAME_MAX_AGE = 24 * 60 * 60  # seconds
SESAME_ONE_TIME = True
LOGIN_URL = "/sign-in"
LOGIN_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

DEFAULT_CURRENCY = env.CURRENCY.text()  # of a new company
DEFAULT_TIME_ZONE = env.TIME_ZONE.text()

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 0 if DEBUG else 30 * 24 * 60 * 60  # an asset's address holds its digest
WHITENOISE_USE_FINDERS = True  # assets come from the installed package; nothing is collected
MEDIA_ROOT = HOME / "files"
FILE_UPLOAD_TEMP_DIR = None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
EMAIL_BACKEND = "amity.kernel.messaging.smtp.EmailBackend"
EMAIL_HOST = env.SMTP_HOST.text()
EMAIL_PORT = env.SMTP_PORT.number()
EMAIL_HOST_USER = env.SMTP_USER.text()
EMAIL_HOST_PASSWORD = env.SMTP_PASSWORD.text()
EMAIL_USE_TLS = env.SMTP_TLS.flag()
EMAIL_TIMEOUT = 30  # seconds
SMTP_TOKEN_URL = env.SMTP_TOKEN_URL.text()
SMTP_CLIENT_ID = env.SMTP_CLIENT_ID.text()
SMTP_CLIENT_SECRET = env.SMTP_CLIENT_SECRET.text()
SMTP_SCOPE = env.SMTP_SCOPE.text()
DEFAULT_FROM_EMAIL = env.MAIL_FROM.text()
TRUSTED_PROXIES = env.TRUSTED_PROXIES.words()
OUTBOUND_ALLOW = env.OUTBOUND_ALLOW.words()
MEASURE_AFTER_IMPORT = env.MEASURE_AFTER_IMPORT.flag()
ANALYTICS_ENGINE = env.ANALYTICS_ENGINE.text()
SPARK_MASTER = env.SPARK_MASTER.text()
LAKE_ROOT = HOME / "lake"
METRICS_TOKEN = env.METRICS_TOKEN.text()
ASSIST_URL = env.ASSIST_URL.text().rstrip("/")
ASSIST_KEY = env.ASSIST_KEY.text()
ASSIST_MODEL = env.ASSIST_MODEL.text()
ASSIST_SECONDS = env.ASSIST_SECONDS.number()
API_RATE = env.API_RATE.number()
MAX_UPLOAD_BYTES = env.MAX_UPLOAD_MB.number() * 1_000_000

_HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
CSRF_FAILURE_VIEW = "amity.web.errors.csrf_failed"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
SILENCED_SYSTEM_CHECKS: list[str] = []

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.LOG_LEVEL.text()},
}
