"""Named writes about patients. Rows that need no more than their own columns are written by ``records.actions``."""

from patients.actions.adjudication import Choice, settle, settle_many
from patients.actions.consent import withdraw_consent
from patients.actions.conversation import accept, answer, ask, close, comment, send_back
from patients.actions.identity import ENCRYPTED, erase_identity, record_identity, rewrap_identity_keys
from patients.actions.locks import contradictions, sign_off, unlock
from patients.actions.merging import judge_distinct, merge
from patients.actions.queries import check_all, check_patients
from patients.actions.ranks import rank_all, rank_new
from patients.actions.registration import register, register_many, transfer
from patients.actions.second_entry import finish_second_entry, start_second_entry, withdraw_second_entry

__all__ = [
    "ENCRYPTED",
    "Choice",
    "accept",
    "answer",
    "ask",
    "check_all",
    "check_patients",
    "close",
    "comment",
    "contradictions",
    "erase_identity",
    "finish_second_entry",
    "judge_distinct",
    "merge",
    "rank_all",
    "rank_new",
    "record_identity",
    "register",
    "register_many",
    "rewrap_identity_keys",
    "send_back",
    "settle",
    "settle_many",
    "sign_off",
    "start_second_entry",
    "transfer",
    "unlock",
    "withdraw_consent",
    "withdraw_second_entry",
]
