"""The WSGI application."""

import os

from django.core.wsgi import get_wsgi_application

from amity.project.supervisor import die_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
die_with_parent()
application = get_wsgi_application()
