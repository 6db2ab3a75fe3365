"""The inbox beside django-helpdesk, on the same conversations, in one run, taking turns.

    python benchmarks/inbox/peers.py --work FOLDER [--conversations 20000] [--rounds 15]

Each product runs in one process on SQLite, as in `benchmarks/pages/run.py`. Our conversation page
shows the customer, their orders, promises and other matters; the peer's shows the ticket.
"""

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from side_by_side import Product, amity, measure, own_environment, report  # noqa: E402 -- after the path

HELPDESK = "django-helpdesk==2.6.1"
GOALS = {"list": 0.2, "conversation": 1.0}
SETTINGS = """
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = 'bench'
ALLOWED_HOSTS = ['*']
ROOT_URLCONF = 'desk_urls'
USE_TZ = True
SITE_ID = 1
HELPDESK_TEAMS_MODE_ENABLED = False  # its teams are another package
HELPDESK_TEAMS_MODEL = 'auth.User'
HELPDESK_TEAMS_MIGRATION_DEPENDENCIES = []
HELPDESK_KBITEM_TEAM_GETTER = lambda _item: None
STATIC_URL = '/static/'
MEDIA_ROOT = BASE_DIR / 'media'
DEFAULT_AUTO_FIELD = 'django.db.models.AutoField'
DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db.sqlite3'}}
INSTALLED_APPS = [
    'django.contrib.admin', 'django.contrib.auth', 'django.contrib.contenttypes',
    'django.contrib.sessions', 'django.contrib.messages', 'django.contrib.staticfiles',
    'django.contrib.sites', 'django.contrib.humanize', 'rest_framework', 'helpdesk',
]
MIDDLEWARE = [
    'django.middleware.security.SecurityMiddleware',
    'django.contrib.sessions.middleware.SessionMiddleware',
    'django.middleware.common.CommonMiddleware',
    'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware',
    'django.contrib.messages.middleware.MessageMiddleware',
]
TEMPLATES = [{
    'BACKEND': 'django.template.backends.django.DjangoTemplates',
    'APP_DIRS': True,
    'OPTIONS': {'context_processors': [
        'django.template.context_processors.request',
        'django.contrib.auth.context_processors.auth',
        'django.contrib.messages.context_processors.messages',
    ]},
}]
"""
URLS = """
from django.urls import include, path
urlpatterns = [path('', include('helpdesk.urls', namespace='helpdesk'))]
"""


def prepare_helpdesk(work: Path, shared: dict[str, str]) -> Product:
    """An environment and a project of the peer, made on first use."""
    folder = work / "helpdesk"
    python = own_environment(folder, HELPDESK)
    (folder / "desk_settings.py").write_text(SETTINGS)
    (folder / "desk_urls.py").write_text(URLS)
    name, driver = HELPDESK.replace("==", " "), HERE / "peer_helpdesk.py"
    return Product(name, driver, "desk_settings", python, folder, {**os.environ, **shared})


def main() -> None:
    """Prepares, seeds, measures; prints the table and writes it where --out says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--conversations", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    shared = {"BENCH_TICKETS": str(options.work / "tickets.jsonl")}
    ours = amity(options.work, HERE / "peer_amity.py")
    ours = replace(ours, environment={**ours.environment, **shared})
    products = [ours, prepare_helpdesk(options.work, shared)]
    for product in products:
        product.seed(options.conversations)
    pages = measure(products, GOALS, options.conversations, options.rounds)
    text = report(options.rounds, pages, conversations=options.conversations)
    print(text)
    if options.out:
        options.out.write_text(text + "\n")


main()
