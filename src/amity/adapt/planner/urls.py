from django.urls import URLPattern, path

from amity.adapt.planner import views

urlpatterns: list[URLPattern] = [
    path("", views.index, name="planner"),
    path("runs/", views.question, name="planner_question"),
    path("inputs/", views.inputs, name="planner_inputs"),
    path("inputs/figure/", views.figure, name="planner_input"),
    path("inputs/figure/removal/", views.figure_removal, name="planner_input_removal"),
    path("runs/<int:run_id>/", views.run, name="planner_run"),
    path("runs/<int:run_id>/progress/", views.run_progress, name="planner_progress"),
    path("runs/<int:run_id>/cancellation/", views.cancellation, name="planner_cancellation"),
    path("runs/<int:run_id>/adoption/", views.adoption, name="planner_adoption"),
    path("runs/<int:run_id>/refusal/", views.refusal, name="planner_refusal"),
    path("runs/<int:run_id>/figures/", views.run_figures, name="planner_run_figures"),
    path("runs/<int:run_id>/<slug:segment>/", views.segment, name="planner_segment"),
]
