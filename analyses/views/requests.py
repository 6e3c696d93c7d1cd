from django.http import HttpRequest

from records.models import User


class SignedInRequest(HttpRequest):
    """What a view behind `login_required` is given."""

    user: User
