from django.urls import URLPattern, path

from amity.web import health

urlpatterns: list[URLPattern] = [
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
