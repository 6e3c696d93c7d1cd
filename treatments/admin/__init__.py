from treatments.admin import catalogue, outcome, radiotherapy, systemic

__all__ = ["catalogue", "outcome", "radiotherapy", "systemic"]
