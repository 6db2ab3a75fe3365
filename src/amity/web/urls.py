from django.urls import URLPattern, URLResolver, include, path

from amity.web import components, health, home, search, signin, theme

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.page, name="home"),
    path("", include("amity.web.customers.urls")),
    path("healthz", health.live, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("search", search.page, name="search"),
    path("sign-in", signin.sign_in, name="sign_in"),
    path("sign-in/link", signin.link, name="sign_in_link"),
    path("sign-out", signin.sign_out, name="sign_out"),
    path("theme", theme.choose, name="theme"),
    path("ui/", components.page, name="components"),
]
