from django.urls import URLPattern, path

from amity.web.customers import one, views

urlpatterns: list[URLPattern] = [
    path("customers", views.index, name="customers"),
    path("customers/new", one.new, name="customer_new"),
    path("customers/<int:pk>", one.page, name="customer"),
    path("customers/<int:pk>/edit", one.edit, name="customer_edit"),
    path("customers/<int:pk>/tags", one.tags, name="customer_tags"),
]
