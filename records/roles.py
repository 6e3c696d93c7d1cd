"""Who may do what: a role is a set of acts, held at a centre."""

from django.db import models


class Role(models.TextChoices):
    ABSTRACTOR = "abstractor", "Data abstractor"
    INVESTIGATOR = "investigator", "Investigator"
    COORDINATOR = "coordinator", "Follow-up coordinator"
    MANAGER = "manager", "Data manager"
    AUDITOR = "auditor", "Auditor"


class Act(models.TextChoices):
    VIEW = "view", "see charts without identity"
    ENTER = "enter", "enter and change charts"
    FOLLOW_UP = "follow_up", "record contacts, progressions and deaths"
    SEE_IDENTITY = "see_identity", "see who a patient is"
    EDIT_IDENTITY = "edit_identity", "enter who a patient is"
    ANALYSE = "analyse", "define cohorts and run analyses"
    EXPORT = "export", "take data out"
    IMPORT = "import", "bring tables in"
    MANAGE = "manage", "move, merge and unlock charts; look after centres and roles"
    AUDIT = "audit", "read the trail"


MAY: dict[str, frozenset[Act]] = {
    Role.ABSTRACTOR: frozenset({Act.VIEW, Act.ENTER, Act.FOLLOW_UP, Act.SEE_IDENTITY, Act.EDIT_IDENTITY}),
    Role.INVESTIGATOR: frozenset({Act.VIEW, Act.ANALYSE, Act.EXPORT}),
    Role.COORDINATOR: frozenset({Act.VIEW, Act.FOLLOW_UP, Act.SEE_IDENTITY}),
    Role.MANAGER: frozenset(set(Act) - {Act.AUDIT}),
    Role.AUDITOR: frozenset({Act.VIEW, Act.AUDIT}),
}
