"""What every clinical row shares: users, registries, centres, roles, and the columns of a recorded row."""

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from records.audit import audited, never_changed, never_deleted
from records.constraints import coded
from records.matching import Match
from records.roles import Act, Role


class User(AbstractUser):
    """A person with an account. What they may do follows from their memberships (``records.access``)."""


class Source(models.TextChoices):
    CHART = "chart", "Chart abstraction"
    IMPORT = "import", "Import"
    API = "api", "API"


CODE = RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9_-]*$", "Use letters, digits, hyphen and underscore.")
TOPOGRAPHY = RegexValidator(r"^C\d\d(\.\d)?$", "Write an ICD-O-3 topography code such as C11 or C11.9.")


# The next number alone is no change of the registry: each new patient has it in its own trail.
@partial(audited, without=["last_number"])
class Registry(models.Model):
    """A collection of patients with one numbering; each patient belongs to one, each cohort names one."""

    code = models.CharField(max_length=20, unique=True, validators=[CODE])
    title = models.CharField(max_length=200)
    number_prefix = models.CharField(
        max_length=10,
        unique=True,
        validators=[CODE],
        help_text="Patients are numbered PREFIX-000001, PREFIX-000002, ...",
    )
    last_number = models.PositiveIntegerField(default=0, editable=False)
    default_primary_site = models.CharField(
        max_length=5,
        default="C11",
        validators=[TOPOGRAPHY],
        help_text="ICD-O-3 topography proposed in the diagnosis form.",
    )
    is_invented = models.BooleanField(
        "invented data", default=False, help_text="Marks every page and report of this registry as invented data."
    )

    class Meta:
        verbose_name_plural = "registries"
        ordering = ["code"]
        constraints: ClassVar[list[Any]] = coded("registry", default_primary_site=TOPOGRAPHY)

    def __str__(self) -> str:
        return self.title


@audited
class Centre(models.Model):
    """A treating centre."""

    code = models.CharField(max_length=20, unique=True, validators=[CODE])
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


@partial(audited, deletable=True)
class Membership(models.Model):
    """A user has a role at a centre; several rows give several roles or centres."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    centre = models.ForeignKey(Centre, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["user", "centre", "role"], name="membership_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()} at {self.centre}"


class Recorded(models.Model):
    """Columns of every recorded row: optimistic version, who and when, source, note, void."""

    # What a user must be allowed to do at the patient's centre to write such a row.
    written_under: ClassVar[Act] = Act.ENTER
    # Whether the row is part of the chart, which a sign-off locks, or only about it.
    of_chart: ClassVar[bool] = True
    # Fields that are given when the row is made; if ever, an action of its own changes them.
    stays: ClassVar[tuple[str, ...]] = ()
    # How a row of a second abstraction is known to be the same record.
    matched_by: ClassVar[Match] = Match()

    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    source = models.CharField(max_length=6, choices=Source, default=Source.CHART, editable=False)
    note = models.TextField(blank=True, default="")
    voided_at = models.DateTimeField(null=True, editable=False)
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, editable=False)
    void_reason = models.CharField(max_length=200, blank=True, default="", editable=False)

    class Meta:
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                # A void row without its who, when and why could not be explained to an auditor.
                condition=models.Q(voided_at=None, voided_by=None, void_reason="")
                | (models.Q(voided_at__isnull=False, voided_by__isnull=False) & ~models.Q(void_reason="")),
                name="%(app_label)s_%(class)s_void_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(source__in=Source.values), name="%(app_label)s_%(class)s_source_known"
            ),
        ]
        triggers: ClassVar[list[Any]] = [never_deleted()]

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None

    def validate_constraints(self, exclude: Any = None) -> None:
        """As Django does, which asks the database of each CHECK constraint apart: here of all at once, and of each only
        to say which is broken."""
        known = self._get_field_expression_map(self._meta, exclude)  # type: ignore[attr-defined]
        rules = self._meta.constraints
        checks = [rule.condition for rule in rules if isinstance(rule, models.CheckConstraint)]
        asked = [check for check in checks if self.fields_in(check) <= known.keys()]
        if asked and not models.Q(*asked).check(known):
            super().validate_constraints(exclude)
        self.validate_once([rule for rule in rules if isinstance(rule, models.UniqueConstraint)], exclude)

    def fields_in(self, condition: Any) -> set[str]:
        return {name for name, *_ in self._get_expr_references(condition)}  # type: ignore[attr-defined]

    def validate_once(self, rules: Sequence[models.UniqueConstraint], exclude: Any) -> None:
        errors: Any = {}
        for rule in rules:
            try:
                rule.validate(type(self), self, exclude=exclude)
            except ValidationError as error:
                errors = error.update_error_dict(errors)
        if errors:
            raise ValidationError(errors)


# Columns that say how a row was recorded; the actions keep them.
RECORDING = frozenset(field.name for field in Recorded._meta.fields) - {"note"}


class Exit(models.Model):
    """Something left by the exit door (``records.exits``): written before the first byte, never changed."""

    at = models.DateTimeField(db_default=Now(), editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False)
    what = models.CharField(max_length=200, editable=False, help_text="The file, and what it holds.")
    purpose = models.CharField(max_length=500, editable=False)
    centres = ArrayField(
        models.CharField(max_length=20), editable=False, help_text="Codes of the centres whose data it holds."
    )

    class Meta:
        ordering = ["-at"]
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~models.Q(purpose=""), name="exit_has_purpose"),
        ]
        triggers: ClassVar[list[Any]] = [never_deleted(), never_changed()]

    def __str__(self) -> str:
        return f"{self.what}, {self.at:%Y-%m-%d %H:%M}"
