from django.urls import path

from tongxing.procedures.views import (
    blanks,
    consents,
    papers,
    received,
    referrals,
    registrations,
    rosters,
    signed,
    steps,
)

app_name = "procedures"
urlpatterns = [
    path("registrations/", registrations.registration_list, name="registration_list"),
    path("registrations/start/", registrations.registration_start, name="registration_start"),
    path("registrations/draft/<uuid:draft_id>/", registrations.registration_tasks, name="registration_tasks"),
    path("registrations/draft/<uuid:draft_id>/check/", registrations.registration_check, name="registration_check"),
    path(
        "registrations/draft/<uuid:draft_id>/discard/", registrations.registration_discard, name="registration_discard"
    ),
    path(
        "registrations/draft/<uuid:draft_id>/refused/", registrations.registration_refused, name="registration_refused"
    ),
    path(
        "registrations/draft/<uuid:draft_id>/<slug:section>/",
        registrations.registration_section,
        name="registration_section",
    ),
    path("registrations/<uuid:registration_id>/card/", papers.card, name="card"),
    path("registrations/<uuid:registration_id>/ticket/", blanks.ticket, name="ticket"),
    path("papers/", blanks.blank_list, name="blank_list"),
    path("papers/<slug:form>/", blanks.blank, name="blank"),
    path("people/<uuid:person_id>/consent/paper/", blanks.consent_paper, name="consent_paper"),
    path("people/<uuid:person_id>/consent/signed/", signed.signed_papers, name="signed_papers"),
    path("signed/<uuid:paper_id>/", signed.signed_paper, name="signed_paper"),
    path("signed/<uuid:paper_id>/remove/", signed.signed_paper_remove, name="signed_paper_remove"),
    path("steps/<uuid:task_id>/", steps.step, name="step"),
    path("people/<uuid:person_id>/consent/", consents.consent, name="consent"),
    path("people/<uuid:person_id>/refer/", referrals.refer_choose, name="refer"),
    path("people/<uuid:person_id>/refer/<uuid:service_id>/", referrals.refer_confirm, name="refer_confirm"),
    path("referrals/", referrals.referral_list, name="referral_list"),
    path("referrals/<uuid:referral_id>/", received.referral, name="referral"),
    path("referrals/<uuid:referral_id>/receipt/", papers.receipt, name="receipt"),
    path("referrals/<uuid:referral_id>/take-back/", received.referral_take_back, name="referral_take_back"),
    path("referrals/<uuid:referral_id>/received/", received.referral_received, name="referral_received"),
    path("referrals/<uuid:referral_id>/received/answer/", received.referral_answer, name="referral_answer"),
    path(
        "referrals/<uuid:referral_id>/received/acknowledge/",
        received.referral_acknowledge,
        name="referral_acknowledge",
    ),
    path("rosters/", rosters.roster_list, name="roster_list"),
    path("rosters/template/", rosters.roster_template, name="roster_template"),
    path("rosters/<uuid:roster_id>/", rosters.roster, name="roster"),
    path("rosters/<uuid:roster_id>/start/", rosters.roster_start, name="roster_start"),
    path("rosters/<uuid:roster_id>/undo/", rosters.roster_undo, name="roster_undo"),
    path("rosters/<uuid:roster_id>/report/", rosters.roster_report, name="roster_report"),
    path("rosters/rows/<uuid:row_id>/", rosters.roster_decide, name="roster_decide"),
    path("take-back/", received.referral_withdraw, name="referral_withdraw"),
]
