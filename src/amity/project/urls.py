"""All addresses: the shell's, the API's, and those of every capability by its manifest."""

from django.urls import URLPattern, URLResolver, include, path

from amity.kernel.hooks.discovery import capabilities

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("amity.api.urls")),
    path("", include("amity.web.urls")),
    *(
        path(f"{manifest.prefix or manifest.name}/", include(manifest.urls))
        for manifest in capabilities()
        if manifest.urls
    ),
]

handler400 = "amity.web.errors.bad_request"
handler403 = "amity.web.errors.forbidden"
handler404 = "amity.web.errors.not_found"
handler500 = "amity.web.errors.broken"
