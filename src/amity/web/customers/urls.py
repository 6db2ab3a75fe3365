from django.urls import URLPattern, path

from amity.web.customers import views

urlpatterns: list[URLPattern] = [
    path("customers", views.index, name="customers"),
]
