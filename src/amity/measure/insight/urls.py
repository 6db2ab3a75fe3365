from django.urls import URLPattern, path

from amity.measure.insight import views

urlpatterns: list[URLPattern] = [
    path("", views.value, name="insight"),
    path("rfm/", views.rfm, name="insight_rfm"),
    path("cohorts/", views.cohorts, name="insight_cohorts"),
    path("whale/", views.whale, name="insight_whale"),
    path("backtest/", views.backtest, name="insight_backtest"),
    path("measuring/", views.measuring, name="insight_measuring"),
    path("measurements/", views.measurements, name="insight_measurements"),
    path("measurements/new/", views.new, name="insight_new"),
]
