from django.urls import URLPattern, path

from amity.web.customers import bulk, one, owner, views

urlpatterns: list[URLPattern] = [
    path("customers", views.index, name="customers"),
    path("customers/tagging", bulk.tag, name="customers_bulk"),
    path("customers/tagging/undo", bulk.undo, name="customers_tagging_undo"),
    path("customers/export", bulk.export, name="customers_export"),
    path("customers/views", views.save, name="customers_views"),
    path("customers/views/<int:pk>/deletion", views.forget, name="customers_view_deletion"),
    path("customers/new", one.new, name="customer_new"),
    path("customers/<int:pk>", one.page, name="customer"),
    path("customers/<int:pk>/edit", one.edit, name="customer_edit"),
    path("customers/<int:pk>/owner", owner.assign, name="customer_owner"),
    path("customers/<int:pk>/tags", one.tags, name="customer_tags"),
]
