"""The fact kinds of casework."""

from tongxing.core.i18n import Text
from tongxing.facts.kinds import kind
from tongxing.procedures.rules import NEEDS

OUTCOMES = ("received", "partly", "not_received")

kind(
    "service_delivered",
    attributes={"need": tuple(NEEDS), "outcome": OUTCOMES},
    source="casework.Delivery",
    title=Text(zh="服务提供", en="Service delivered", mn="Үйлчилгээ үзүүлсэн"),
)
