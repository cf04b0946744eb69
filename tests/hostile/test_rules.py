"""No code that would let hostile input through: rules of our own over the syntax, each with an example that it finds."""

import ast

import pytest

from tests.architecture.house import PRODUCT
from tests.hostile import rules
from tests.hostile.rules import Rule

# path -> why it may. Nothing that came in with a request is among the pieces.
OWN_NAMES = {
    "audit/reading.py": "names of our own functions, one mark a value",
    "audit/sealing.py": "names of our own tables",
    "audit/verifying.py": "names of our own tables",
    "facts/store.py": "a constant statement between `copy (` and its options",
    "linkage/engines.py": "names of own tables of an engine that holds nothing else",
}
ESCAPED = {
    "config/alone.py": "a style sheet of ours",
    "desk/templatetags/tx.py": "digits and letters of a drawn path",
    "programme/templatetags/results.py": "each piece was escaped by format_html",
}
OUTSIDE = {
    "config/backups/journey.py": "asks the restored copy of this house on loopback",
    "config/backups/s3.py": "the operator's backup target",
    "config/supervisor.py": "looks whether a port is free",
    "core/egress.py": "the gate of everything that leaves",
}
COUNTED = {"publishing/views/records.py": "tx_counter reads facts, which name nobody"}
RULES = [
    Rule(
        "a statement is not made of pieces",
        rules.formatted_sql,
        'cursor.execute(f"select {name}")',
        OWN_NAMES,
    ),
    Rule("text is not called safe", rules.marked_safe, 'mark_safe(f"<b>{name}</b>")', ESCAPED),
    Rule(
        "a page does not step over the walls", rules.as_owner, 'Person.objects.using("owner").all()', {}, "*/views*.py"
    ),
    Rule("a page does not step over the walls ", rules.as_owner, 'connections["owner"]', COUNTED, "*/views/*.py"),
    Rule("no shell", rules.shells, "subprocess.run(word, shell=True)", {}),
    Rule("no text is run", rules.runs_text, "eval(request.GET['x'])", {}),
    Rule("nothing reaches out", rules.reaches_out, "import urllib.request", OUTSIDE),
    Rule("no log says what was sent", rules.logs_what_was_sent, "log.info('%s', request.POST)", {}),
    Rule("nobody outside names a column", rules.names_from_outside, "x.order_by(request.GET['sort'])", {}),
    Rule("a form names its fields", rules.all_fields, "class Meta:\n    fields = '__all__'", {}),
    Rule("every form has its token", rules.without_csrf, "@csrf_exempt\ndef view(request): ...", {}),
    Rule("no weak hash or dice", rules.old_ciphers, "hashlib.md5(word)", {}),
    Rule("no archive is written out by its own names", rules.unpacks, "archive.extractall(folder)", {}),
    Rule("nobody is sent where a caller says", rules.redirects_anywhere, "redirect(request.POST['next'])", {}),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    assert list(rules.broken(rule, PRODUCT)) == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_rule_finds_what_breaks_it(rule: Rule) -> None:
    """Control."""
    assert list(rule.find(ast.parse(rule.breaks)))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_what_is_allowed_is_still_there(rule: Rule) -> None:
    """A leave that nobody needs any more is taken back."""
    for name in rule.allowed:
        assert list(rule.find(ast.parse((PRODUCT / name).read_text(encoding="utf-8")))), name


def test_no_template_writes_text_as_markup() -> None:
    templates = sorted(PRODUCT.glob("**/templates/**/*.html"))
    found = {path.name: seen for path in templates if (seen := rules.in_templates(path.read_text(encoding="utf-8")))}
    assert len(templates) > 100
    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "{{ name|safe }}",
        "{% autoescape off %}",
        '<p onclick="x()">',
        "<script>1</script>",
        '<a href="javascript:x">',
        "<a href={{ url }}>",
        "<style>p{}</style>",
    ],
)
def test_a_template_that_does_is_seen(planted: str) -> None:
    """Control."""
    assert rules.in_templates(planted)
