from django.urls import URLPattern, path

from amity.web.settings import keys, people, teams, views

urlpatterns: list[URLPattern] = [
    path("settings", views.index, name="settings"),
    path("settings/fields", views.fields, name="settings_fields"),
    path("settings/people", people.index, name="settings_people"),
    path("settings/people/<int:pk>", people.change, name="settings_person"),
    path("settings/people/<int:pk>/link", people.link, name="settings_person_link"),
    path("settings/teams", teams.index, name="settings_teams"),
    path("settings/teams/<int:pk>", teams.change, name="settings_team"),
    path("settings/teams/<int:pk>/members", teams.join, name="settings_team_members"),
    path("settings/teams/<int:pk>/departures", teams.leave, name="settings_team_departures"),
    path("settings/absences", teams.away, name="settings_absences"),
    path("settings/absences/<int:pk>/end", teams.back, name="settings_absence_end"),
    path("settings/tokens", keys.tokens, name="settings_tokens"),
    path("settings/tokens/<int:pk>/end", keys.end_token, name="settings_token_end"),
    path("settings/tracking-keys", keys.write_keys, name="settings_write_keys"),
    path("settings/tracking-keys/<int:pk>/end", keys.end_write_key, name="settings_write_key_end"),
    path("settings/trail", views.trail, name="settings_trail"),
]
