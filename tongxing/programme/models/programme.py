"""A programme as its page states it: header, outcomes, indicators, claims. Reference data, loaded by the owner."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongxing.core.i18n import TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows

PUBLISHED = "an archived public page; no person is named"
ALIGNMENTS = [
    ("mdg", _("Millennium Development Goal")),
    ("undaf", _("United Nations Development Assistance Framework")),
    ("sdg", _("Sustainable Development Goal")),
    ("right", _("Right addressed")),
    ("theme", _("Theme of the organisation")),
]


class Programme(models.Model):
    """One joint programme; what its page does not state stays empty and is shown as not stated in the source."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    code = models.CharField(max_length=32, unique=True)
    project_id = models.CharField(max_length=32, blank=True)
    title = TextField()
    fund = models.CharField(max_length=120, blank=True)
    theme = models.CharField(max_length=120, blank=True)
    country = TextField()
    status = TextField()
    participating = TextField()
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    dates_exact_to = models.CharField(
        max_length=5, choices=[("day", _("day")), ("month", _("month"))], default="day", help_text="as the page says"
    )
    summary = TextField()
    background = TextField()
    alignments = models.JSONField(default=list, help_text="list of {kind, code, text, stated}: models.ALIGNMENTS")
    partners = models.JSONField(default=list, help_text="list of {role, name}, texts in three languages")
    contacts = models.JSONField(default=list, help_text="list of {role, office, note}: offices, never a person")
    contribute = TextField(help_text="how to contribute, as the page says")
    find_out_more = TextField()
    uploaders = models.JSONField(default=list, help_text="offices that the page lets upload documents; texts")
    key_figures = models.JSONField(default=list, help_text="codes of measures at the head of the factsheet, in order")
    source = models.CharField(max_length=120)

    class Meta:
        constraints = [
            OpenRows(name="programme_open", reason=PUBLISHED),
            models.CheckConstraint(
                name="programme_ends_after_start",
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Outcome(models.Model):
    """One outcome, in the words of the page; a page that states none has areas of work, numbered by us."""

    class Kind(models.TextChoices):
        OUTCOME = "outcome", _("Outcome")
        AREA = "area", _("Area of work")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="outcomes")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.OUTCOME)
    title = TextField()
    achievements = models.JSONField(default=list, help_text="list of texts in three languages")

    class Meta:
        ordering = ["number"]
        constraints = [
            OpenRows(name="outcome_open", reason=PUBLISHED),
            models.UniqueConstraint(fields=["programme", "number"], name="outcome_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"


class Output(models.Model):
    """What the programme makes to reach an outcome."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="outputs")
    number = models.CharField(max_length=12)
    title = TextField()

    class Meta:
        ordering = ["number"]
        constraints = [
            OpenRows(name="output_open", reason="the plan of a public programme; no person is named"),
            models.UniqueConstraint(fields=["outcome", "number"], name="output_number_once"),
        ]

    def __str__(self) -> str:
        return self.number


class WorkAtSite(models.Model):
    """Work of one outcome that the page names at one site: the map of where which work met."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="work")
    site = models.ForeignKey("organisations.Site", models.PROTECT, related_name="+")
    work = TextField()
    quote = models.CharField(max_length=160, help_text="a few words, exactly as the page has them")
    is_planned = models.BooleanField(default=False, help_text="the page says what will be, not what was")

    class Meta:
        constraints = [
            OpenRows(name="work_at_site_open", reason=PUBLISHED),
            models.UniqueConstraint(fields=["outcome", "site"], name="work_at_site_once"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} · {self.site}"


class Indicator(models.Model):
    """What would show the outcome, or one of its outputs. `measure` names a measure of `facts`: such a value is never typed.

    Without a measure the organisations that undertook it report it, with evidence (`models/reports.py`).
    """

    class Kind(models.TextChoices):
        NUMBER = "number", _("a number")
        PERCENTAGE = "percentage", _("a percentage")
        QUALITATIVE = "qualitative", _("in words")

    class Direction(models.TextChoices):
        UP = "up", _("more is better")
        DOWN = "down", _("less is better")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="indicators")
    output = models.ForeignKey(Output, models.PROTECT, null=True, related_name="indicators")
    number = models.CharField(max_length=12)
    title = TextField()
    measure = models.CharField(max_length=64, blank=True)
    unit = TextField()
    responsible = TextField()
    note = TextField()
    definition = TextField()
    population = TextField()
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.NUMBER)
    topic = models.CharField(max_length=12, default="things", help_text="decides how disclosure protects it")
    additivity = models.CharField(max_length=10, default="flow")
    over_time = models.CharField(max_length=6, default="sum")
    over_place = models.CharField(max_length=6, default="sum")
    direction = models.CharField(max_length=4, choices=Direction.choices, default=Direction.UP)
    disaggregations = models.JSONField(default=list, help_text="lists of dimensions: [[sex], [sex, age_band]]")
    baseline = models.DecimalField(max_digits=18, decimal_places=4, null=True)
    baseline_on = models.DateField(null=True)
    baseline_source = TextField()

    class Meta:
        ordering = ["number"]
        constraints = [
            OpenRows(name="indicator_open", reason=PUBLISHED),
            models.UniqueConstraint(fields=["outcome", "number"], name="indicator_number_once"),
            models.CheckConstraint(
                name="indicator_baseline_is_dated",
                condition=models.Q(baseline__isnull=True) | models.Q(baseline_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Claim(models.Model):
    """A number in the page's own words, with its qualifier and place. Claims of different classes are never summed."""

    class Qualifier(models.TextChoices):
        EXACTLY = "exactly", _("exactly")
        OVER = "over", _("over")
        ALMOST = "almost", _("almost")
        SOME = "some", _("some")
        ABOUT = "about", _("about")
        BETWEEN = "between", _("between")

    class Class(models.TextChoices):
        DELIVERED = "delivered", _("Delivered, says the page")
        ADOPTED = "adopted_by_others", _("Adopted by others")
        PLANNED = "planned", _("Planned")
        CLAIM = "claim", _("Claim")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="claims")
    outcome = models.ForeignKey(Outcome, models.PROTECT, null=True, related_name="claims")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=64)
    figure = models.SlugField(max_length=64, help_text="claims about the same thing share it")
    quote = models.CharField(max_length=160, help_text="a few words, exactly as the page has them")
    words = TextField(help_text="the same words in three languages")
    place = TextField()
    qualifier = models.CharField(max_length=12, choices=Qualifier.choices, default=Qualifier.EXACTLY)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    value_to = models.DecimalField(max_digits=14, decimal_places=2, null=True, help_text="the end of a `between`")
    unit = models.CharField(max_length=8, blank=True, help_text='"%", "US$" or empty')
    population = TextField()
    claim_class = models.CharField(max_length=20, choices=Class.choices)
    stands = models.BooleanField(default=True, help_text="false: another place of the page says whom it means")
    note = TextField()
    measure = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            OpenRows(name="claim_open", reason=PUBLISHED),
            models.UniqueConstraint(fields=["programme", "code"], name="claim_code_once"),
            models.CheckConstraint(
                name="claim_between_two_values",
                condition=models.Q(qualifier="between", value_to__gt=models.F("value"))
                | (~models.Q(qualifier="between") & models.Q(value_to__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.code
