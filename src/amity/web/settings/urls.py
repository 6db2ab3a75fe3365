from django.urls import URLPattern, path

from amity.web.settings import keys, people, views

urlpatterns: list[URLPattern] = [
    path("settings", views.index, name="settings"),
    path("settings/fields", views.fields, name="settings_fields"),
    path("settings/people", people.index, name="settings_people"),
    path("settings/people/<int:pk>", people.change, name="settings_person"),
    path("settings/people/<int:pk>/link", people.link, name="settings_person_link"),
    path("settings/tokens", keys.tokens, name="settings_tokens"),
    path("settings/tokens/<int:pk>/end", keys.end_token, name="settings_token_end"),
    path("settings/tracking-keys", keys.write_keys, name="settings_write_keys"),
    path("settings/tracking-keys/<int:pk>/end", keys.end_write_key, name="settings_write_key_end"),
    path("settings/trail", views.trail, name="settings_trail"),
]
