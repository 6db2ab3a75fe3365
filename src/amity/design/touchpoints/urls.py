from django.urls import URLPattern, path

from amity.design.touchpoints import views

urlpatterns: list[URLPattern] = [
    path("", views.index, name="touchpoints"),
    path("new/", views.new, name="touchpoint_new"),
    path("<slug:key>/", views.detail, name="touchpoint"),
    path("<slug:key>/edit/", views.edit, name="touchpoint_edit"),
    path("<slug:key>/confirmation/", views.confirmation, name="touchpoint_confirmation"),
]
