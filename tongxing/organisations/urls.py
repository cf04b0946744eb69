from django.urls import path

from tongxing.organisations.views import access_review, accounts, find, roster

app_name = "organisations"
urlpatterns = [
    path("find/", find.find, name="find"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("accounts/add/", accounts.account_add, name="account_add"),
    path("accounts/roster/", roster.roster, name="roster"),
    path("accounts/roster/template/", roster.roster_template, name="roster_template"),
    path("accounts/proposals/", accounts.proposals, name="proposals"),
    path("accounts/proposals/confirm/", accounts.proposals_confirm, name="proposals_confirm"),
    path("accounts/proposals/<uuid:proposal_id>/", accounts.proposal_decide, name="proposal_decide"),
    path("accounts/review/", access_review.access_review, name="access_review"),
    path("accounts/review/keep/", access_review.access_review_keep, name="access_review_keep"),
    path("accounts/review/<uuid:membership_id>/", access_review.access_review_one, name="access_review_one"),
    path("accounts/places/<uuid:membership_id>/end/", accounts.place_end, name="place_end"),
    path("accounts/<uuid:user_id>/", accounts.account, name="account"),
    path("accounts/<uuid:user_id>/place/", accounts.place_add, name="place_add"),
    path("accounts/<uuid:user_id>/slip/", accounts.slip, name="slip"),
    path("accounts/<uuid:user_id>/reset/", accounts.reset, name="reset"),
]
