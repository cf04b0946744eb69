"""What every instance needs before its first page: a signing key, bodies, fact kinds, statistics, programmes, weights."""

from django.db import connections

from tongxing.access.actions import install_key
from tongxing.facts.actions import install_kinds, load_statistics
from tongxing.organisations.actions import load_reference as load_organisations
from tongxing.programme.actions import load_reference as load_programmes
from tongxing.registry.installed import install_shipped
from tongxing.rights import keeper


def load() -> None:
    """As the owner, after each migrate; run twice, it changes nothing."""
    install_key()
    load_organisations()
    install_kinds()
    load_statistics()
    load_programmes()
    install_shipped()
    keeper.grant(connections["owner"])
    connections["owner"].close()
