"""Pages that join the apps, and the account pages that this registry uses."""

from allauth.account import views as account
from django.urls import include, path

from registry.pages import (
    agreement,
    dictionary,
    duplicates,
    locks,
    navigation,
    second_entries,
    transfer,
    views,
    withdrawal,
)

navigation.register()

urlpatterns = [
    path("", views.home, name="home"),
    path("due/", views.due, name="home_due"),
    path("patients/find/", views.find_patient, name="find_patient"),
    path("patients/<str:number>/", views.chart, name="chart"),
    path("patients/<str:number>/history/", views.chart_history, name="chart_history"),
    path("patients/<str:number>/transfer/", transfer.page, name="transfer"),
    path("patients/<str:number>/withdrawal/", withdrawal.page, name="withdrawal"),
    path("duplicates/", duplicates.page, name="duplicates"),
    path("duplicates/<str:number>/<str:other>/", duplicates.pair, name="duplicate_pair"),
    path("second-entries/", second_entries.index, name="second_entries"),
    path("second-entries/agreement/", agreement.page, name="agreement"),
    path("second-entries/<int:pk>/", second_entries.page, name="second_entry"),
    path("second-entries/<int:pk>/finish/", second_entries.finish, name="finish_second_entry"),
    path("second-entries/<int:pk>/withdraw/", second_entries.withdraw, name="withdraw_second_entry"),
    path("dictionary/", dictionary.page, name="dictionary"),
    path("dictionary.csv", dictionary.as_csv, name="dictionary_csv"),
    path("dictionary/redcap.csv", dictionary.for_redcap, name="dictionary_redcap"),
    path("patients/<str:number>/sign-off/", locks.sign_off, name="sign_off"),
    path("patients/<str:number>/unlock/", locks.unlock, name="unlock"),
    path("accounts/", views.own_account, name="account"),
    path("accounts/session/", views.session, name="session"),
    # Accounts are made by administrators and carry no mail address, so allauth's pages for those are not served.
    path("accounts/login/", account.login, name="account_login"),
    path("accounts/logout/", account.logout, name="account_logout"),
    path("accounts/inactive/", account.account_inactive, name="account_inactive"),
    path("accounts/reauthenticate/", account.reauthenticate, name="account_reauthenticate"),
    path("accounts/password/change/", account.password_change, name="account_change_password"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
]
