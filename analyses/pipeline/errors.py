"""What can go wrong in a study, as named errors."""

from __future__ import annotations

from collections.abc import Sequence


class InvalidValueError(ValueError):
    """A spec, criterion, dataset or result holds a value that is not allowed.

    `path` is the JSON path (`matching.caliper`), `value` what stands there, `allowed` what may stand there.
    """

    def __init__(self, path: str, value: object, allowed: str) -> None:
        self.path, self.value, self.allowed = path, value, allowed
        super().__init__(f"{path or 'value'}: {value!r} is not allowed; expected {allowed}")

    def below(self, prefix: str) -> InvalidValueError:
        """The same error seen from the value that contains this one."""
        if not self.path or self.path.startswith("["):
            return InvalidValueError(prefix + self.path, self.value, self.allowed)
        return InvalidValueError(f"{prefix}.{self.path}" if prefix else self.path, self.value, self.allowed)


class StudyError(Exception):
    """A stage of a study cannot be done: which stage, why in plain words, and because of which patients."""

    def __init__(self, stage: str, sentence: str, patients: Sequence[str] = ()) -> None:
        self.stage, self.sentence, self.patients = stage, sentence, tuple(patients)
        shown = ", ".join(self.patients[:10])
        more = f" and {len(self.patients) - 10} more" if len(self.patients) > 10 else ""
        super().__init__(f"{stage}: {sentence}" + (f" ({shown}{more})" if shown else ""))
