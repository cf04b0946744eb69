"""Demonstration data: generated persons, generated staff, nothing real. Every name of a body says so itself."""

from collections.abc import Callable


def load(*, progress: Callable[[str, int, int], None], scale: str = "typical", children: int | None = None) -> None:
    """Fill an empty instance; Django must be set up. `scale`: small | typical | full; `children`: another number."""
    from tongxing.config.demo import loader

    loader.load(progress=progress, scale=scale, children=children)


def logins() -> list[str]:
    """One line per log-in, for the terminal."""
    from tongxing.access.permissions import ROLES
    from tongxing.config.demo.staff import PASSWORD, STAFF, TRAINEES
    from tongxing.config.instance import is_training

    lines = [f"{m.login:8} {ROLES[m.role].name} {m.name}" for m in STAFF]
    if is_training():
        lines.append(
            f"{TRAINEES[0].login} to {TRAINEES[-1].login}: trainees, front desk and case worker of six centres"
        )
    return [*lines, f"Password of all: {PASSWORD}. The one-time code stands on the sign-in page."]
