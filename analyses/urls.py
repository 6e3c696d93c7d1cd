"""Pages of analyses."""

from django.urls import include, path

from analyses import selectors
from analyses.views import plans, runs, take_away, verification
from records import access, navigation
from records.access import Actor
from records.navigation import REGISTRY, STUDIES, Entry
from records.roles import Act


def _unfinished(user: Actor) -> str:
    going_on = selectors.unfinished(user)
    return f"{going_on} running" if going_on else ""


navigation.register(
    Entry("Analyses", "analyses:index", STUDIES, 60, lambda user: access.may(user, Act.VIEW), count=_unfinished)
)
navigation.register(Entry("Verification", "analyses:verification", REGISTRY, 95, verification.may_see))

pages = [
    path("", plans.index, name="index"),
    path("verification/", verification.verification, name="verification"),
    path("plans/new/", plans.save, name="new_plan"),
    path("plans/<int:plan_id>/", plans.plan, name="plan"),
    path("plans/<int:plan_id>/new/", plans.save, name="new_version"),
    path("plans/<int:plan_id>/run/", plans.start, name="start"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/progress/", runs.progress, name="progress"),
    path("runs/<int:run_id>/cancel/", runs.cancel, name="cancel"),
    path("runs/<int:run_id>/take-away/", take_away.take_away, name="take_away"),
    path("runs/<int:run_id>/figures/<slug:name>.svg", runs.figure, name="figure"),
    path("runs/<int:run_id>/<slug:section>/", runs.run, name="section"),
]

urlpatterns = [path("analyses/", include((pages, "analyses")))]
