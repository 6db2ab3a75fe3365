"""Every setting, read from the environment by typed readers; docs/reference/settings.md is made
from this table. A value may also come from a file: `AMITY_SECRET_KEY_FILE=/run/secrets/key`."""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from amity.base.results import AmityError


class SettingError(AmityError):
    """A setting whose value cannot be read."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its environment variable, its default as text, and what it does."""

    name: str
    default: str
    help: str

    def text(self) -> str:
        """The value, from the variable, its `_FILE` twin, or the default."""
        file = os.environ.get(f"{self.name}_FILE")
        if file:
            return Path(file).read_text(encoding="utf-8").strip()
        return os.environ.get(self.name, self.default)

    def flag(self) -> bool:
        """The value as yes or no."""
        value = self.text().lower()
        if value in {"1", "true", "yes", "on"}:
            return True
        if value in {"", "0", "false", "no", "off"}:
            return False
        raise SettingError(f"{self.name} is {value!r}; use 1 or 0.")

    def number(self) -> int:
        """The value as a whole number."""
        try:
            return int(self.text())
        except ValueError:
            raise SettingError(f"{self.name} is {self.text()!r}; use a whole number.") from None

    def words(self) -> list[str]:
        """The value as a list, separated by commas."""
        return [word.strip() for word in self.text().split(",") if word.strip()]


HOME = Setting(
    "AMITY_HOME", "", "Folder for the database, files and keys; else the platform's data folder."
)
TRUSTED_PROXIES = Setting(
    "AMITY_TRUSTED_PROXIES",
    "",
    "Addresses of reverse proxies, separated by commas, whose X-Forwarded-For is believed.",
)
DATABASE_URL = Setting(
    "AMITY_DATABASE_URL",
    "",
    "`postgresql://user:password@host:5432/name`; else SQLite in the home folder.",
)
SECRET_KEY = Setting(
    "AMITY_SECRET_KEY", "", "Signs sessions and links; else one is made in the home folder."
)
DEBUG = Setting("AMITY_DEBUG", "0", "Shows error details; never in production.")
BASE_URL = Setting(
    "AMITY_BASE_URL", "http://127.0.0.1:8000", "The address that links in mails begin with."
)
ALLOWED_HOSTS = Setting(
    "AMITY_ALLOWED_HOSTS",
    "",
    "Host names that are answered, by commas; besides the base URL's and this machine's own.",
)
BIND = Setting("AMITY_BIND", "127.0.0.1", "Address to listen on.")
PORT = Setting("AMITY_PORT", "8000", "Port to listen on.")
WEB_WORKERS = Setting("AMITY_WEB_WORKERS", "1", "Web processes.")
WEB_THREADS = Setting("AMITY_WEB_THREADS", "4", "Threads in each web process.")
JOB_WORKERS = Setting("AMITY_JOB_WORKERS", "1", "Job processes that `amity up` starts.")
TRUSTED_PROXIES = Setting(
    "AMITY_TRUSTED_PROXIES", "", "Addresses of proxies whose X-Forwarded-* headers are believed."
)
SMTP_HOST = Setting("AMITY_SMTP_HOST", "", "Mail server; without one, mails wait in the outbox.")
SMTP_PORT = Setting("AMITY_SMTP_PORT", "587", "Its port.")
SMTP_USER = Setting("AMITY_SMTP_USER", "", "Its user name.")
SMTP_PASSWORD = Setting(
    "AMITY_SMTP_PASSWORD", "", "Its password; with a token address, the refresh token."
)
SMTP_TLS = Setting("AMITY_SMTP_TLS", "1", "Whether to use STARTTLS.")
SMTP_TOKEN_URL = Setting(
    "AMITY_SMTP_TOKEN_URL",
    "",
    "Where access tokens are asked for, for a server that wants OAuth in place of a password.",
)
SMTP_CLIENT_ID = Setting("AMITY_SMTP_CLIENT_ID", "", "Amity's client id there.")
SMTP_CLIENT_SECRET = Setting("AMITY_SMTP_CLIENT_SECRET", "", "Its secret, where it has one.")
SMTP_SCOPE = Setting("AMITY_SMTP_SCOPE", "", "The scope that is asked for; may be empty.")
MAIL_FROM = Setting("AMITY_MAIL_FROM", "amity@localhost", "The sender of our mails.")
OUTBOUND_ALLOW = Setting(
    "AMITY_OUTBOUND_ALLOW",
    "",
    "host:port pairs that may be fetched although they are private, by commas.",
)
MAX_UPLOAD_MB = Setting("AMITY_MAX_UPLOAD_MB", "2048", "Largest file that can be uploaded, in MB.")
LOG_LEVEL = Setting("AMITY_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
CURRENCY = Setting("AMITY_CURRENCY", "USD", "Currency of a new company (ISO 4217).")
TIME_ZONE = Setting("AMITY_TIME_ZONE", "UTC", "Time zone of a new company.")
MEASURE_AFTER_IMPORT = Setting(
    "AMITY_MEASURE_AFTER_IMPORT", "1", "Whether customers are measured anew after orders came in."
)
ANALYTICS_ENGINE = Setting(
    "AMITY_ANALYTICS_ENGINE", "duckdb", "What answers on the analytic tables: duckdb or spark."
)
SPARK_MASTER = Setting(
    "AMITY_SPARK_MASTER", "", "Address of Spark's cluster (spark://host:7077); else in the process."
)
API_RATE = Setting(
    "AMITY_API_RATE", "500", "Requests a second that one API caller may make in each process."
)
METRICS_TOKEN = Setting(
    "AMITY_METRICS_TOKEN", "", "Bearer token for /metrics; without one only this machine may ask."
)

ASSIST_URL = Setting(
    "AMITY_ASSIST_URL",
    "",
    "Base address of an OpenAI-compatible endpoint, as in https://host/v1; empty: no assistance.",
)
ASSIST_KEY = Setting("AMITY_ASSIST_KEY", "", "Its key, where it asks for one.")
ASSIST_MODEL = Setting("AMITY_ASSIST_MODEL", "", "The chat model to ask there.")
ASSIST_SECONDS = Setting("AMITY_ASSIST_SECONDS", "60", "Seconds that one answer may take in all.")

SETTINGS = tuple(value for value in list(globals().values()) if isinstance(value, Setting))


def home() -> Path:
    """The home folder, made on first use, readable by its owner alone."""
    chosen = HOME.text()
    folder = Path(chosen) if chosen else Path(platformdirs.user_data_dir("amity", appauthor=False))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
