from django.urls import URLPattern, path

from amity.design.segments import views

urlpatterns: list[URLPattern] = [
    path("", views.index, name="segments"),
    path("new/", views.new, name="segment_new"),
    path("preview/", views.preview, name="segment_preview"),
    path("refresh/", views.refresh, name="segments_refresh"),
    path("overlap/", views.overlap, name="segments_overlap"),
    path("<slug:key>/", views.detail, name="segment"),
    path("<slug:key>/edit/", views.edit, name="segment_edit"),
    path("<slug:key>/archive/", views.archive, name="segment_archive"),
]
