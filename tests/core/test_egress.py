"""Nothing connects out but to where the operator said. Each case runs in a process of its own: a guard stays for good."""

import subprocess
import sys

from tests.faults.serving import HOUSE

# 192.0.2.0/24 is for documents (RFC 5737): nobody is there, whatever the network.
TRY = """
import socket, sys
{guard}
def tried(what):
    try:
        what()
    except PermissionError as refused:
        return "refused" if "TONGXING_EGRESS" in str(refused) else "other"
    except OSError:
        return "tried"
    return "done"

def connect(family, address):
    def go():
        with socket.socket(family) as out:
            out.settimeout(0.05)
            out.connect(address)
    return go

def send():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"x", ("192.0.2.1", 53))

server = socket.socket(); server.bind(("127.0.0.1", 0)); server.listen()
print(tried(connect(socket.AF_INET, ("192.0.2.1", 443))), tried(connect(socket.AF_INET, ("192.0.2.1", 80))),
      tried(connect(socket.AF_INET6, ("2001:db8::1", 443, 0, 0))), tried(send),
      tried(lambda: socket.getaddrinfo("name.invalid", 443)),
      *(tried(lambda ask=ask: ask("name.invalid")) for ask in (socket.gethostbyname, socket.gethostbyname_ex)),
      tried(lambda: socket.gethostbyaddr("192.0.2.2")), tried(lambda: socket.getnameinfo(("192.0.2.2", 80), 0)),
      tried(connect(socket.AF_INET, server.getsockname())), tried(lambda: socket.getaddrinfo("localhost", 80)))
"""


def tried(guard: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", TRY.format(guard=guard)], cwd=HOUSE, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_only_this_machine_is_reached() -> None:
    assert tried("from tongxing.core.egress import guard; guard()") == ["refused"] * 9 + ["done"] * 2


def test_what_the_operator_named_is_tried_and_nothing_else() -> None:
    found = tried("from tongxing.core.egress import guard; guard(['192.0.2.1:443', 'name.invalid'])")
    assert "refused" not in (found[0], *found[4:7])
    assert found[1:4] == ["refused"] * 3 and found[7:9] == ["refused"] * 2
    assert found[9:] == ["done"] * 2


def test_without_the_guard_all_of_it_is_tried() -> None:
    """The control: what is refused above would have gone out."""
    assert "refused" not in tried("")
