"""The mistake that must not go unnoticed: pages connect as the owner of the tables."""

from tongxing.config.settings import *  # noqa: F403
from tongxing.config.settings import DATABASES, STATE

DATABASES["default"] = STATE.database("tx_owner")
