"""Can every step be reached, and does every way lead to closure? Pure questions about the steps of an edition."""

from collections.abc import Iterator, Sequence

from tongxing.procedures.edition import Step

Finding = tuple[str, str, str]  # code of the step, what is wrong, how to mend it


def graph_problems(steps: Sequence[Step]) -> Iterator[Finding]:
    """What is wrong with the order of the steps, one finding each. The first step is the one that opens a case."""
    if not steps:
        return
    by_code = {step.code: step for step in steps}
    yield from _lonely(steps, _reached(steps, by_code))
    yield from _ends(steps)
    leading = _leading_to_closure(steps)
    for step in steps:
        if step.code not in leading and not step.on:
            what = f"no way leads from {step.code!r} to a step that closes the case"
            yield step.code, what, "Add a way out to `next`, or `closes: true` where the case ends"


def _reached(steps: Sequence[Step], by_code: dict[str, Step]) -> set[str]:
    waiting = [steps[0].code, *(step.code for step in steps if step.on)]
    reached: set[str] = set()
    while waiting:
        code = waiting.pop()
        if code in reached or code not in by_code:
            continue
        reached.add(code)
        waiting += (*by_code[code].next, *by_code[code].alternatives)
    return reached


def _lonely(steps: Sequence[Step], reached: set[str]) -> Iterator[Finding]:
    for step in steps:
        if step.code not in reached:
            what = f"step {step.code!r} is never reached"
            yield step.code, what, f"Name {step.code!r} in the `next` of a step before it, or say `on: <event>`"


def _ends(steps: Sequence[Step]) -> Iterator[Finding]:
    for step in steps:
        if step.closes and (step.next or step.alternatives):
            yield (
                step.code,
                f"step {step.code!r} closes the case and yet names a next step",
                "Take out `next` or `closes`",
            )


def _leading_to_closure(steps: Sequence[Step]) -> set[str]:
    leading = {step.code for step in steps if step.closes}
    grew = True
    while grew:
        more = {step.code for step in steps if leading.intersection((*step.next, *step.alternatives))} - leading
        leading |= more
        grew = bool(more)
    return leading
