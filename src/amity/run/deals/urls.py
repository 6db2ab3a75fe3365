from django.urls import URLPattern, path

from amity.run.deals.views import advice, board, deals, forecasts, lists, settings

app_name = "deals"
urlpatterns: list[URLPattern] = [
    path("", board.page, name="board"),
    path("list", lists.page, name="list"),
    path("new", deals.new, name="new"),
    path("forecast", forecasts.page, name="forecast"),
    path("outcomes", forecasts.outcomes, name="outcomes"),
    path("advice", advice.page, name="advice"),
    path("advice/records", advice.keep, name="advice_records"),
    path("settings", settings.page, name="settings"),
    path("settings/pipelines", settings.add, name="pipelines"),
    path("settings/pipelines/<int:pk>", settings.change, name="pipeline"),
    path("settings/reasons", settings.reason, name="reasons"),
    path("settings/reasons/<int:pk>/retirement", settings.retirement, name="reason_retirement"),
    path("reassignments", lists.reassign, name="reassignments"),
    path("reassignments/<uuid:batch>/undo", lists.undo, name="reassignment_undo"),
    path("<int:pk>", deals.page, name="deal"),
    path("<int:pk>/changes", deals.edit, name="edit"),
    path("<int:pk>/moves", board.move, name="moves"),
    path("<int:pk>/win", deals.win, name="win"),
    path("<int:pk>/loss", deals.lose, name="loss"),
    path("<int:pk>/reopening", deals.reopening, name="reopening"),
    path("<int:pk>/work", deals.work, name="work"),
    path("<int:pk>/lines", deals.line, name="lines"),
    path("<int:pk>/lines/<int:line_id>/removal", deals.line_removal, name="line_removal"),
]
