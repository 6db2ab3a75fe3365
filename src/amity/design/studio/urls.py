from django.urls import URLPattern, path

from amity.design.studio.views import canvas, parts, versions, wizard

VERSION = "versions/<int:number>/"
ROW = VERSION + "segments/<slug:key>/"

urlpatterns: list[URLPattern] = [
    path("", canvas.index, name="canvas"),
    path("wizard/", wizard.touchpoints, name="canvas_wizard"),
    path("wizard/interactions/", wizard.interactions, name="canvas_wizard_interactions"),
    path("wizard/measurement/", wizard.measurement, name="canvas_measurement"),
    path("drafts/", canvas.drafts, name="canvas_drafts"),
    path("import/", versions.import_file, name="canvas_import"),
    path("compare/", versions.compare, name="canvas_compare"),
    path("versions/", versions.index, name="canvas_versions"),
    path(VERSION, canvas.version, name="canvas_version"),
    path(VERSION + "settings/", canvas.settings, name="canvas_settings"),
    path(VERSION + "export.yaml", versions.export, name="canvas_export"),
    path(VERSION + "check/", versions.check, name="canvas_check"),
    path(VERSION + "publication/", versions.publication, name="canvas_publication"),
    path(VERSION + "rollback/", versions.rollback, name="canvas_rollback"),
    path(VERSION + "adoption/", versions.adoption, name="canvas_adoption"),
    path(VERSION + "refusal/", versions.refusal, name="canvas_refusal"),
    path(VERSION + "segments/", canvas.rows, name="canvas_rows"),
    path(ROW, canvas.row, name="canvas_row"),
    path(ROW + "position/", canvas.position, name="canvas_position"),
    path(ROW + "removal/", canvas.removal, name="canvas_removal"),
    path(ROW + "confirmation/", canvas.confirmation, name="canvas_confirmation"),
    path(ROW + "types/<slug:kind>/", parts.cell, name="canvas_cell"),
    path(ROW + "types/<slug:kind>/removal/", parts.cell_removal, name="canvas_cell_removal"),
    path(ROW + "<slug:name>/", parts.part, name="canvas_part"),
]
