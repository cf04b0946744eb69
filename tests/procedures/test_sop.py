"""SOP editions: the one that ships, and everything that can be wrong with the next."""

import datetime
import re
from pathlib import Path

import pytest

from tongxing.access import permissions
from tongxing.procedures import sop
from tongxing.registry import consent_text

SHIPPED = sop.FOLDER / "child-registration-1.yaml"
EDITION = sop.edition("child-registration", 1)
SOURCE = SHIPPED.read_text(encoding="utf-8")
OTHER_SCRIPT = {"en": re.compile(r"[\u4e00-\u9fff\u0400-\u04ff]"), "mn": re.compile(r"[\u4e00-\u9fffA-Za-z]")}


def problems(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """What is wrong with the shipped edition after these replacements, each made once."""
    source = SOURCE
    for old, new in changes:
        assert old in source, old
        source = source.replace(old, new, 1)
    path = tmp_path / "next.yaml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(sop.EditionRefused) as refused:
        sop.load(path)
    return [str(problem) for problem in refused.value.problems]


def line_of(text: str) -> int:
    return SOURCE[: SOURCE.index(text)].count("\n") + 1


def test_the_seven_phases_come_in_order_with_three_to_six_clauses_each() -> None:
    codes = [phase.code for phase in EDITION.phases]
    assert codes == ["registration", "verification", "assessment", "plan", "services", "follow_up", "closure"]
    assert all(3 <= len(EDITION.clauses_of(code)) <= 6 for code in codes)
    assert [clause.id[0] for clause in EDITION.clauses] == sorted(clause.id[0] for clause in EDITION.clauses)


def test_each_language_is_written_in_its_own_script() -> None:
    words = [EDITION.title, *(clause.text for clause in EDITION.clauses), *(step.title for step in EDITION.steps)]
    for one in words:
        for language, foreign in OTHER_SCRIPT.items():
            if found := foreign.search(one[language].replace("hukou", "")):
                pytest.fail(f"{language}: {found.group()} in {one[language]}")


def test_roles_and_purposes_are_those_of_the_house() -> None:
    assert tuple(permissions.ROLES) == sop.ROLES
    used = {purpose for step in EDITION.steps for purpose in step.purposes}
    assert used <= set(consent_text.PURPOSES)


def test_the_police_have_a_part_in_registration_and_in_nothing_after_it() -> None:
    assert [step.code for step in EDITION.steps if "police" in step.roles] == ["registration"]


def test_a_case_is_opened_on_the_edition_in_force() -> None:
    assert sop.in_force("child-registration", datetime.date(2026, 11, 21)) is EDITION
    with pytest.raises(KeyError, match="no edition of child-registration is valid on 1990-01-01"):
        sop.in_force("child-registration", datetime.date(1990, 1, 1))
    with pytest.raises(KeyError, match="no edition 9"):
        sop.edition("child-registration", 9)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "next: [verification]",
            "next: [verifikation]",
            "unknown next step 'verifikation'. Did you mean 'verification'?",
        ),
        ("roles: [receiver]", "roles: [reciever]", "unknown role 'reciever'. Did you mean 'receiver'?"),
        (
            "purposes: [registration]",
            "purposes: [marketing]",
            "unknown purpose 'marketing'. Known are registration, school",
        ),
        ("due: {working_days: 5, after: follow_up}", "due: {after: follow_up}", "'due' has no number of days"),
        (
            "due: {working_days: 5, after: follow_up}",
            "due: {working_days: five, after: follow_up}",
            "needs a number of days",
        ),
        ("due: {working_days: 5, after: follow_up}", "due: {working_days: 5, after: lunch}", "unknown after 'lunch'"),
        ("due: {working_days: 5, after: follow_up}", "due: soon", "'due' needs entries"),
        ("due: {working_days: 5, after: follow_up}", "due:", "'due' is empty"),
        ("by_risk: {high: 5, low: 20}", "by_risk: {hihg: 5}", "'by_risk' has an entry 'hihg'"),
        ("code: handover", "code: plan", "'plan' is used twice in 'steps', first on line"),
        ('clause: "7.1"', 'clause: "7.9"', "unknown clause '7.9'"),
        ("phase: closure\n    clause", "phase: closur\n    clause", "unknown phase 'closur'. Did you mean 'closure'?"),
        ("form: closure", "from: closure", "a step has an entry 'from' that nothing reads. Did you mean 'form'?"),
        ("mn: Бүртгэх}", "mn: }", "'title' has no mn"),
        ("mn: Бүртгэх}", "mn: Бүртгэх, бичих}", "Put a text with a comma in quotes"),
        ("- code: wages", "- code: salary", "unknown code 'salary'"),
        ("valid_from: 2009-01-01", "valid_from: soon", "'valid_from' needs a date, found 'soon'"),
        ("edition: 1\n", "edition: first\n", "'edition' needs a number"),
        ("roles: [receiver]", "roles: receiver", "'roles' must be a list"),
        ("closes: true", "closes: true\n    next: [plan]", "closes the case and yet names a next step"),
    ],
)
def test_a_mistake_is_told_with_file_line_and_remedy(tmp_path: Path, old: str, new: str, told: str) -> None:
    found = problems(tmp_path, (old, new))
    assert any(told in problem for problem in found), found
    assert all(re.match(r"next\.yaml, line [1-9]\d*: .+\. .+[.?]$", problem) for problem in found)


def test_the_line_is_the_line_of_the_mistake(tmp_path: Path) -> None:
    wrong = "form: assessment"
    (found,) = problems(tmp_path, (wrong, "fomr: assessment"))
    assert found.startswith(f"next.yaml, line {line_of(wrong)}: ")


def test_a_step_that_nothing_leads_to_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, ("next: [services]", "next: [closure]"), ("[follow_up, plan]", "[follow_up]"))
    assert any("step 'services' is never reached" in problem for problem in found)
    assert any("step 'follow_up' is never reached" in problem for problem in found)


def test_going_in_circles_without_a_way_out_is_named(tmp_path: Path) -> None:
    found = problems(tmp_path, ("next: [closure]", "next: [plan]"))
    for step in ("registration", "plan", "follow_up"):
        assert any(f"no way leads from '{step}' to a step that closes" in problem for problem in found)


def test_all_mistakes_are_told_at_once_in_order_of_lines(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        ("valid_from: 2009-01-01", "valid_from: soon"),
        ("roles: [receiver]", "roles: [reciever]"),
        ("purposes: [registration]", "purposes: [marketing]"),
        ("form: closure", "from: closure"),
    )
    assert len(found) == 4
    lines = [int(re.search(r"line (\d+)", problem)[1]) for problem in found]  # type: ignore[index]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("source", "line", "told"),
    [
        ("code: a\n\tedition: 1\n", 2, "a tab indents this line"),
        ("code: a\nedition: [1\nvalid_from: x\n", 3, "not YAML"),
        ("code: a\ncode: b\n", 2, "not YAML: found duplicate key"),
        ("", 1, "empty or not a list of entries"),
        ("- just\n- a list\n", 1, "empty or not a list of entries"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_line(tmp_path: Path, source: str, line: int, told: str) -> None:
    path = tmp_path / "next.yaml"
    path.write_text(source, encoding="utf-8")
    with pytest.raises(sop.EditionRefused) as refused:
        sop.load(path)
    (found,) = refused.value.problems
    assert found.line == line
    assert told in found.what


def test_an_almost_empty_edition_lists_what_to_write(tmp_path: Path) -> None:
    path = tmp_path / "next.yaml"
    path.write_text("code: something\n", encoding="utf-8")
    with pytest.raises(sop.EditionRefused) as refused:
        sop.load(path)
    told = str(refused.value)
    for entry in ("edition", "valid_from", "title", "phases", "clauses", "steps", "risks", "needs", "events"):
        assert f"'{entry}'" in told


def test_every_edition_that_ships_can_be_used() -> None:
    assert [sop.check(path) for path in sop.FOLDER.glob("*.yaml")] == [()] * len(sop.editions())


def test_two_files_may_not_be_the_same_edition(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
    with pytest.raises(sop.EditionRefused, match="exists already in another file"):
        sop.editions(tmp_path)
