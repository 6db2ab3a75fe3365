"""The addresses of contracts."""

from django.urls import URLPattern, path

from amity.run.contracts import views

app_name = "contracts"
urlpatterns: list[URLPattern] = [
    path("", views.index, name="list"),
    path("new", views.new, name="new"),
    path("<int:pk>", views.edit, name="contract"),
]
