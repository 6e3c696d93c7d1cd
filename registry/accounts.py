from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator, who knows the person and the centre."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
