from patients.admin import assessments, disease, follow_up, identity, oversight, patient

__all__ = ["assessments", "disease", "follow_up", "identity", "oversight", "patient"]
