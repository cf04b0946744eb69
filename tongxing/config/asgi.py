"""What the web server runs. Refuses to start where the database's walls would not hold."""

import os
import sys

from tongxing.config.lifeline import follow_parent

follow_parent()  # a web process whose master was killed ends too
sys.setswitchinterval(0.0005)  # signs of life and refusals never wait long behind the two pages that are being made
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxing.config.settings")

from tongxing.config.settings import PROXIES, STATE  # noqa: E402
from tongxing.core.egress import guard  # noqa: E402

guard(STATE.egress())  # before anything is loaded that could connect

from django.core.wsgi import get_wsgi_application  # noqa: E402

pages = get_wsgi_application()

from django.db import connections  # noqa: E402

from tongxing.config.provision import refuse_without_walls  # noqa: E402

for alias in connections:
    if alias != "owner":
        refuse_without_walls(connections[alias])
        connections[alias].close()

from tongxing.config.doors import gated  # noqa: E402

application = gated(pages, STATE, PROXIES)

from threading import Thread  # noqa: E402

from tongxing.facts.calculation import warm  # noqa: E402

# The first figure of a process would wait seconds for the engine to load; pages do not wait for this.
Thread(target=warm, name="warm-figures", daemon=True).start()
