"""Entry in the admin: the classes that every app's entry forms are made of, and the registry's own tables."""

from records.admin.accounts import CentreAdmin, MembershipAdmin, RegistryAdmin, UserAdmin
from records.admin.base import RecordAdmin
from records.admin.inlines import ChildInline, SiblingInline
from records.admin.lists import OwnCentres, RecordList, State
from records.admin.rights import NothingHidden

__all__ = [
    "CentreAdmin",
    "ChildInline",
    "MembershipAdmin",
    "NothingHidden",
    "OwnCentres",
    "RecordAdmin",
    "RecordList",
    "RegistryAdmin",
    "SiblingInline",
    "State",
    "UserAdmin",
]
