"""The registry's own entries of the task navigation; upper apps add theirs the same way."""

from collections.abc import Callable

from patients import second_entries
from records import access, links, navigation
from records.access import Actor
from records.navigation import RECORDS, REGISTRY, Entry
from records.roles import Act


def register() -> None:
    """Called once, when the addresses are loaded."""
    from django.urls import reverse

    links.serve_chart(lambda patient: reverse("chart", args=[patient.number]))
    navigation.register(Entry("My work", "home", RECORDS, 10, signed_in))
    navigation.register(
        Entry("Patients", "admin:patients_patient_changelist", RECORDS, 20, allowed(Act.VIEW), prefixes=RECORD_PAGES)
    )
    navigation.register(Entry("Follow-up", "admin:patients_followup_changelist", RECORDS, 30, allowed(Act.VIEW)))
    navigation.register(Entry("Data queries", "admin:patients_dataquery_changelist", RECORDS, 40, allowed(Act.VIEW)))
    navigation.register(
        Entry("Second entry", "second_entries", RECORDS, 45, follows_second_entries, count=second_entries_to_do)
    )
    navigation.register(Entry("Duplicates", "duplicates", REGISTRY, 75, allowed(Act.MANAGE)))
    navigation.register(Entry("All records", "admin:index", REGISTRY, 80, allowed(Act.VIEW)))
    navigation.register(Entry("Data dictionary", "dictionary", REGISTRY, 82, allowed(Act.VIEW)))
    navigation.register(Entry("Exits", "admin:records_exit_changelist", REGISTRY, 85, allowed(Act.AUDIT)))
    navigation.register(Entry("Roles", "admin:records_membership_changelist", REGISTRY, 90, allowed(Act.MANAGE)))
    navigation.register(
        Entry(
            "Users", "admin:records_user_changelist", REGISTRY, 95, allowed(Act.MANAGE), prefixes=("/admin/records/",)
        )
    )


RECORD_PAGES = ("/patients/", "/admin/patients/", "/admin/treatments/")


def signed_in(user: Actor) -> bool:
    return user.is_authenticated


def allowed(act: Act) -> Callable[[Actor], bool]:
    return lambda user: access.may(user, act)


def follows_second_entries(user: Actor) -> bool:
    return access.may(user, Act.MANAGE) or (access.may(user, Act.ENTER) and second_entries.to_do(user).exists())


def second_entries_to_do(user: Actor) -> str:
    return str(second_entries.to_do(user).count() or "")
