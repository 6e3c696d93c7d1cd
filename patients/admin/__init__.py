from patients.admin import assessments, disease, follow_up, identity, oversight, patient, queries

__all__ = ["assessments", "disease", "follow_up", "identity", "oversight", "patient", "queries"]
