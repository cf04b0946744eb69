"""kill -9 of the supervisor: whatever it had started ends too."""

import signal
import subprocess
import sys
import time

from tests.browser import answers, free_port
from tests.faults.serving import Serving, as_role, serving, wait_for


def _orphans_end(server: Serving) -> float:
    before = server.processes() - {server.process.pid}
    assert before, "nothing was running; the test would prove nothing"
    server.kill_supervisor()
    return wait_for(lambda: not server.processes(), 20, lambda: str(server.processes()))


def test_no_process_outlives_a_killed_supervisor() -> None:
    with serving() as server:
        with as_role(server, "tx_app"):  # an open connection does not hold the database back
            seconds = _orphans_end(server)
        print(f"\nno orphan after {seconds:.2f} s")
        again = server.start()
        print(f"started again over the same folder in {again:.2f} s")


def test_web_and_worker_end_with_the_supervisor_too() -> None:
    port = free_port()
    with serving(arguments=("--port", str(port))) as server:
        assert answers(f"http://127.0.0.1:{port}/en/"), server.log()
        assert len(server.processes()) >= 5  # supervisor, database, web and its two, worker
        print(f"\nno orphan of web, worker and database after {_orphans_end(server):.2f} s")


def test_an_untied_child_would_stay() -> None:
    """The control: the same kill without the lifeline leaves an orphan."""
    parent = (
        "import subprocess, sys, time; from tongxing.config.lifeline import on_start; import signal\n"
        "tie = on_start(signal.SIGKILL) if sys.argv[1] == 'tied' else None\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(30)'], preexec_fn=tie)\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(30)"
    )
    alive = {}
    for kind in ("tied", "untied"):
        process = subprocess.Popen([sys.executable, "-c", parent, kind], stdout=subprocess.PIPE, text=True)
        with process:
            child = int(process.stdout.readline())
            process.kill()
        alive[kind] = _lives_on(child)
        if alive[kind]:
            subprocess.run(["kill", "-9", str(child)], check=True)
    assert alive == {"tied": False, "untied": True}


def _lives_on(pid: int) -> bool:
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return False
        except FileNotFoundError:
            return False
        time.sleep(0.02)
    return True


def test_a_second_supervisor_over_the_same_folder_is_refused() -> None:
    with serving() as server:
        second = Serving(server.folder)
        command = [second.python, "-m", "tongxing.config.cli", "serve", "--database-only"]
        done = subprocess.run(command, env={"TONGXING_STATE": str(server.folder)}, capture_output=True, text=True)
        assert done.returncode == 1
        assert "already runs" in done.stderr
        assert str(server.process.pid) in done.stderr


def test_it_stops_cleanly_and_in_order() -> None:
    with serving() as server:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert not server.processes()
        assert not (server.folder / "postgres" / "postmaster.pid").exists()
