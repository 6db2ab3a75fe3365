from django.urls import URLPattern, path

from amity.measure.insight import views
from amity.measure.insight.queries import DESCRIPTIONS

urlpatterns: list[URLPattern] = [
    path("", views.value, name="insight"),
    path("rfm/", views.rfm, name="insight_rfm"),
    path("movement/", views.movement, name="insight_movement"),
    path("cohorts/", views.cohorts, name="insight_cohorts"),
    path("contracts/", views.contracts, name="insight_contracts"),
    path("whale/", views.whale, name="insight_whale"),
    path("backtest/", views.backtest, name="insight_backtest"),
    *(
        path(f"{name}/", views.description, {"name": name}, name=f"insight_{name}")
        for name in DESCRIPTIONS
    ),
    path("spend/", views.spend, name="insight_spend"),
    path("spend/entries/", views.spend_entries, name="insight_spend_entries"),
    path("spend/<int:number>/deletion/", views.spend_deletion, name="insight_spend_deletion"),
    path("descriptions/", views.descriptions, name="insight_descriptions"),
    path("describing/", views.describing, name="insight_describing"),
    path("<slug:name>/<slug:table>.csv", views.sheet, name="insight_sheet"),
    path("measuring/", views.measuring, name="insight_measuring"),
    path("measurements/", views.measurements, name="insight_measurements"),
    path("measurements/new/", views.new, name="insight_new"),
]
