"""The fact kinds of casework."""

from tongxing.core.i18n import Text
from tongxing.facts.kinds import kind
from tongxing.procedures.facts import PROGRAMME
from tongxing.procedures.rules import NEEDS

OUTCOMES = ("received", "partly", "not_received")

kind(
    "service_delivered",
    attributes={"need": tuple(NEEDS), "outcome": OUTCOMES},
    source="casework.Delivery",
    title=Text(zh="服务提供", en="Service delivered", mn="Үйлчилгээ үзүүлсэн"),
    derived=f"""
        select d.id, d.delivered_on, c.subject, d.centre_id, '{PROGRAMME}', c.sex, c.birth_year,
               nullif(c.origin_division, ''), jsonb_build_object('need', r.need, 'outcome', d.outcome)
        from casework_delivery d
        join procedures_referral r on r.id = d.referral_id
        join procedures_referralcount c on c.referral_id = r.id""",  # noqa: S608  our own constant
)
