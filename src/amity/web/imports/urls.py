from django.urls import URLPattern, path

from amity.web.imports import mapping, uploading, views

urlpatterns: list[URLPattern] = [
    path("imports", views.index, name="imports"),
    path("imports/new", uploading.new, name="import_new"),
    path("imports/<int:pk>", views.one, name="import"),
    path("imports/<int:pk>/mapping", mapping.mapping, name="import_mapping"),
    path("imports/<int:pk>/preview", mapping.look, name="import_preview"),
    path("imports/<int:pk>/start", views.start, name="import_start"),
    path("imports/<int:pk>/cancellation", views.cancel, name="import_cancel"),
    path("imports/<int:pk>/undo", views.undo, name="import_undo"),
    path("imports/<int:pk>/deletion", views.discard, name="import_discard"),
    path("imports/<int:pk>/rejects.csv", views.rejects, name="import_rejects"),
]
