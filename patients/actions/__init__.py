"""Named writes about patients. Rows that need no more than their own columns are written by ``records.actions``."""

from patients.actions.identity import ENCRYPTED, erase_identity, record_identity, rewrap_identity_keys
from patients.actions.locks import contradictions, sign_off, unlock
from patients.actions.queries import check_all, check_patients, reply
from patients.actions.registration import register, register_many, transfer

__all__ = [
    "ENCRYPTED",
    "check_all",
    "check_patients",
    "contradictions",
    "erase_identity",
    "record_identity",
    "register",
    "register_many",
    "reply",
    "rewrap_identity_keys",
    "sign_off",
    "transfer",
    "unlock",
]
