from django.urls import URLPattern, URLResolver, include, path

from amity.web import (
    assets,
    components,
    health,
    home,
    jobs,
    metrics,
    navigation,
    search,
    signin,
    theme,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.page, name="home"),
    path("", include("amity.web.customers.urls")),
    path("", include("amity.web.imports.urls")),
    path("", include("amity.web.settings.urls")),
    path("assets/<path:name>", assets.asset, name="asset"),
    path("metrics", metrics.metrics, name="metrics"),
    path("healthz", health.live, name="healthz"),
    path("jobs", jobs.index, name="jobs"),
    path("jobs/<int:pk>", jobs.one, name="job"),
    path("jobs/<int:pk>/cancellation", jobs.cancel, name="job_cancel"),
    path("jobs/<int:pk>/retry", jobs.again, name="job_retry"),
    path("navigation/counts", navigation.counts, name="navigation_counts"),
    path("readyz", health.ready, name="readyz"),
    path("search", search.page, name="search"),
    path("sign-in", signin.sign_in, name="sign_in"),
    path("sign-in/link", signin.link, name="sign_in_link"),
    path("sign-out", signin.sign_out, name="sign_out"),
    path("theme", theme.choose, name="theme"),
    path("ui/", components.page, name="components"),
]
