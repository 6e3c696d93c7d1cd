"""The account under which the registry's own commands write, so that the trail names them."""

from records.models import User

SERVICE_USERNAME = "registry"


def service_account() -> User:
    """The account of commands run on the server. It has no password and can not log in."""
    user, created = User.objects.get_or_create(
        username=SERVICE_USERNAME, defaults={"is_superuser": True, "first_name": "Registry", "last_name": "command"}
    )
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


def acting_user(username: str | None) -> User:
    """The named user, or the service account where no name is given. Raises ``User.DoesNotExist``."""
    return service_account() if username is None else User.objects.get(username=username, is_active=True)
