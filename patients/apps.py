from django.apps import AppConfig


class PatientsConfig(AppConfig):
    name = "patients"
    verbose_name = "Patients"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Models can be imported only when the apps are ready.
        from patients import classification, quality, selectors
        from patients.actions.in_hand import taken_in_hand
        from patients.actions.locks import end_sign_off, why_reason
        from patients.actions.queries import after_writes
        from patients.actions.second_entry import guard
        from patients.second_entries import hidden_from
        from records import access, notices, writes

        classification.declare()
        quality.declare()
        notices.register(selectors.consent_notice)
        writes.follow(taken_in_hand)
        writes.guard(end_sign_off)
        writes.ask_reason(why_reason)
        writes.follow(after_writes)
        writes.guard(guard)
        access.veil(hidden_from)
