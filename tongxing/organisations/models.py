"""Divisions, organisations, sites and centres with their services, and who works where in which role."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from tongxing.access.models import User
from tongxing.access.permissions import ROLES
from tongxing.core.i18n import Text, TextField
from tongxing.core.ids import uuid7
from tongxing.core.rls import OpenRows, RowPolicy
from tongxing.organisations import rules
from tongxing.organisations.calendars import special_days
from tongxing.organisations.gazetteer import folded

NATIONAL_TIME_ZONE = "Asia/Shanghai"
NATIONAL_ROLES = sorted(code for code, role in ROLES.items() if role.scope == "national")
JURISDICTIONS = [("CN", _("China")), ("MN", _("Mongolia"))]
AREAS = [("sending", _("sending area")), ("receiving", _("receiving area"))]
SITE_KINDS = [*AREAS, ("transitional", _("transitional area"))]
PARTS = [("research", _("social science researchers")), ("ngo", _("women’s federations and other NGOs"))]
PARTS += [("authority", _("local authorities"))]
NEEDS = [
    ("school", _("School")),
    ("tutoring", _("Help with learning")),
    ("health", _("Health")),
    ("counselling", _("Someone to talk to")),
    ("housing", _("Housing")),
    ("wages", _("Unpaid wages")),
    ("legal", _("Legal advice")),
    ("social_security", _("Social security")),
    ("skills", _("Courses and skills")),
    ("work", _("Finding work")),
    ("other", _("Something else")),
]
LANGUAGES = [
    ("zh", _("Chinese")),
    ("mn", _("Mongolian")),
    ("bo", _("Tibetan")),
    ("ug", _("Uyghur")),
    ("ii", _("Yi")),
    ("en", _("English")),
    ("interpreter", _("other languages, interpreter on request")),
]


def _both_or_neither(one: Q, other: Q) -> Q:
    return (one & other) | (~one & ~other)


class DivisionQuerySet(models.QuerySet["Division"]):
    def current(self) -> "DivisionQuerySet":
        """Only divisions whose code is in use today, as far as the source says."""
        return self.filter(valid_to=None)

    def named(self, text: str) -> "DivisionQuerySet":
        """Divisions called `text` in characters, pinyin, English or Mongolian; else those whose name begins with it.

        `沧县`, `cangxian`, `Cang County, Hebei` and `常州天宁` all work. Current ones first, larger before smaller.
        """
        key = folded(text)
        if not key:
            return self.none()
        exact = self.filter(keys__contains=f"|{key}|")
        found = exact if exact.exists() else self.filter(keys__contains=f"|{key}")
        return found.order_by(F("valid_to").desc(nulls_first=True), "depth", "sort_key", "code")


class Division(models.Model):
    """One code of GB/T 2260 (China) or ISO 3166-2 (Mongolia), also an abolished one: old documents carry old codes."""

    code = models.CharField(primary_key=True, max_length=12)
    name = TextField()
    level = models.CharField(
        max_length=10,
        choices=[
            ("country", _("country")),
            ("province", _("province")),
            ("prefecture", _("prefecture or city")),
            ("county", _("county or district")),
            ("aimag", _("aimag")),
        ],
    )
    depth = models.PositiveSmallIntegerField()  # 0 country … 3 county
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    country = models.CharField(max_length=2, choices=JURISDICTIONS)
    valid_from = models.PositiveSmallIntegerField(null=True)  # years, inclusive; null: not limited in the source
    valid_to = models.PositiveSmallIntegerField(null=True)
    earlier_names = models.JSONField(default=list)  # [{"zh", "en", "since", "until"}], oldest first: codes were reused
    keys = models.TextField()  # folded names between bars, made by gazetteer.py
    sort_key = models.CharField(max_length=200)

    objects = DivisionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["sort_key"])]
        constraints = [
            OpenRows(name="division_rows", reason="a public standard"),
            models.CheckConstraint(
                name="division_years",
                condition=Q(valid_to=None) | Q(valid_from=None) | Q(valid_to__gte=F("valid_from")),
            ),
            models.CheckConstraint(name="division_top", condition=_both_or_neither(Q(parent=None), Q(level="country"))),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def named_in(self, year: int) -> Text:
        """What the code meant in `year`: an old document may name a county that no longer exists."""
        for earlier in self.earlier_names:
            if (earlier["since"] or 0) <= year <= (earlier["until"] or 9999):
                return Text({k: earlier[k] for k in ("zh", "en") if earlier[k]})
        return self.name

    def path(self) -> "Iterator[Division]":
        """The division and what it lies in, nearest first, without the country. Ask with select_related."""
        place: Division | None = self
        while place is not None and place.level != "country":
            yield place
            place = place.parent

    def full_name(self, language: str) -> str:
        """`河北省沧州市沧县` in Chinese, `Cang County, Cangzhou, Hebei` otherwise."""
        names = [place.name.spoken(language) for place in self.path()]
        return "".join(reversed(names)) if language.startswith("zh") else ", ".join(names)


class Organisation(models.Model):
    """A body that takes part. Bodies beyond the programme pages are demonstrations and say so in their names."""

    KINDS = [
        ("un_agency", _("United Nations agency or fund")),
        ("ministry", _("ministry or national agency")),
        ("womens_federation", _("women’s federation")),
        ("research", _("research body")),
        ("local_authority", _("local authority")),
        ("school", _("school")),
        ("clinic", _("clinic")),
        ("legal_aid", _("legal aid")),
        ("ngo", _("non-governmental organisation")),
        ("police", _("police")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    name = TextField()
    kind = models.CharField(max_length=20, choices=KINDS)
    is_demonstration = models.BooleanField()
    source = models.CharField(max_length=200, blank=True)  # the page that names it

    class Meta:
        constraints = [
            OpenRows(name="organisation_rows", reason="public bodies by their public names"),
            models.CheckConstraint(
                name="organisation_sourced", condition=_both_or_neither(Q(is_demonstration=True), Q(source=""))
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)


class SiteQuerySet(models.QuerySet["Site"]):
    def of_programme(self, code: str) -> "SiteQuerySet":
        return self.filter(programme=code)


class Site(models.Model):
    """A pilot site of a programme, as its page states it. What the page does not state is empty."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    name = TextField()
    kinds = ArrayField(models.CharField(max_length=12, choices=SITE_KINDS), default=list)  # empty: not stated
    division = models.ForeignKey(Division, on_delete=models.PROTECT, null=True, related_name="sites")
    priority_issue = TextField()  # empty: not stated
    programme = models.CharField(max_length=40)
    source = models.CharField(max_length=200)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints = [OpenRows(name="site_rows", reason="facts of public programme pages")]

    def __str__(self) -> str:
        return str(self.name)

    def missing_parts(self) -> list[str]:
        """Corners of the triangle (researchers, NGOs, authorities) that nobody fills here."""
        filled = {partnership.part for partnership in self.partnerships.all()}
        return [part for part, _name in PARTS if part not in filled]


class Partnership(models.Model):
    """One corner of a site's triangle; without organisation: the page states the part and names nobody."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="partnerships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="partnerships")
    part = models.CharField(max_length=10, choices=PARTS)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            OpenRows(name="partnership_rows", reason="facts of public programme pages"),
            models.UniqueConstraint(
                name="partnership_once", fields=["site", "part", "organisation"], nulls_distinct=False
            ),
        ]


class CentreQuerySet(models.QuerySet["Centre"]):
    def community(self) -> "CentreQuerySet":
        """Community centres (one-stop shops), without schools, clinics and other receivers of referrals."""
        return self.filter(kind="community")

    def open_on(self, day: date) -> "CentreQuerySet":
        """In operation on that day, whatever the hours."""
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=day), opened_on__lte=day)

    def of_programme(self, code: str) -> "CentreQuerySet":
        return self.filter(site__programme=code)

    def by_area(self) -> dict[str, int]:
        """How many, by area: `{"sending": 4, "receiving": 15}`; an area that is not stated is ""."""
        counted = self.order_by().values_list("area").annotate(n=models.Count("id"))
        return dict(counted)


class Centre(models.Model):
    """A staffed place where people are received: the unit of the walls."""

    KINDS = [
        ("community", _("community centre")),
        ("school", _("school")),
        ("clinic", _("clinic")),
        ("legal_aid", _("legal aid desk")),
        ("station", _("window or contact point")),
        ("office", _("office")),
    ]

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    name = TextField()
    kind = models.CharField(max_length=10, choices=KINDS)
    area = models.CharField(max_length=10, choices=AREAS, blank=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, null=True, related_name="centres")
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="centres")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="centres")
    jurisdiction = models.CharField(max_length=2, choices=JURISDICTIONS)
    time_zone = models.CharField(max_length=40)
    address = TextField()
    phone = models.CharField(max_length=30, blank=True)
    opens = models.JSONField(default=dict)  # a week of hours, rules.py
    is_open_on_holidays = models.BooleanField(default=False)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)  # the first day on which it no longer receives anybody
    is_demonstration = models.BooleanField()

    objects = CentreQuerySet.as_manager()

    class Meta:
        constraints = [
            OpenRows(name="centre_rows", reason="a public directory of places; shelters are not listed"),
            models.CheckConstraint(name="centre_days", condition=Q(closed_on=None) | Q(closed_on__gte=F("opened_on"))),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def opening(self, moment: datetime, hours: rules.Hours | None = None) -> rules.Open:
        """Is it open at `moment` (aware), with its own hours or those of one of its services?"""
        today = moment.astimezone(ZoneInfo(self.time_zone)).date()
        days = {} if self.is_open_on_holidays else special_days(self.jurisdiction, today)
        return rules.open_at(self.opens if hours is None else hours, moment, self.time_zone, days)


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active_at(self, moment: datetime) -> "MembershipQuerySet":
        """Those that hold at an aware moment, by the date on the wall of the centre (national roles: of the capital)."""
        zone = Coalesce(F("centre__time_zone"), Value(NATIONAL_TIME_ZONE))
        wall = models.Func(zone, Value(moment, output_field=models.DateTimeField()), function="timezone")
        today = Cast(wall, models.DateField())
        return self.alias(today=today).filter(Q(ends_on=None) | Q(ends_on__gt=F("today")), starts_on__lte=F("today"))


class Membership(models.Model):
    """A user works at a centre (or, in a national role, at none) in one role from one day to another."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, null=True, related_name="memberships")
    role = models.CharField(max_length=20, choices=[(code, role.name) for code, role in ROLES.items()])
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            RowPolicy(name="membership_rows", part="own", rows="user_id = {user}", verbs=("read",)),
            RowPolicy(name="membership_accounts", part="account", rows="true", verbs=("read",)),
            models.CheckConstraint(
                name="membership_scope", condition=_both_or_neither(Q(centre=None), Q(role__in=NATIONAL_ROLES))
            ),
            models.CheckConstraint(name="membership_days", condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on"))),
            models.UniqueConstraint(
                name="membership_once",
                fields=["user", "centre", "role"],
                condition=Q(ends_on=None),
                nulls_distinct=False,
            ),
        ]


class ServiceQuerySet(models.QuerySet["Service"]):
    def with_places(self) -> "ServiceQuerySet":
        """With everything that a list of services shows, in one query."""
        return self.select_related("centre__organisation", "centre__division__parent__parent__parent")

    def within(self, codes: Iterable[str]) -> "ServiceQuerySet":
        """At centres that lie in one of these divisions, at any depth."""
        wanted = list(codes)
        place = "centre__division"
        steps = (place, f"{place}__parent", f"{place}__parent__parent", f"{place}__parent__parent__parent")
        return self.filter(models.Q(*((f"{step}__in", wanted) for step in steps), _connector=Q.OR))

    def meeting(self, *, need: str = "", age: int | None = None) -> "ServiceQuerySet":
        """For this need and this age in years; empty and None do not matter."""
        found = self.filter(need=need) if need else self
        if age is None:
            return found
        return found.filter(Q(min_age=None) | Q(min_age__lte=age), Q(max_age=None) | Q(max_age__gte=age))


class Service(models.Model):
    """What can be had at a centre: for which need, for whom, when, in which languages, at what cost."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    centre = models.ForeignKey(Centre, on_delete=models.PROTECT, related_name="services")
    need = models.CharField(max_length=20, choices=NEEDS)
    name = TextField()
    min_age = models.PositiveSmallIntegerField(null=True)  # years, both inclusive; null: any age
    max_age = models.PositiveSmallIntegerField(null=True)
    languages = ArrayField(models.CharField(max_length=20, choices=LANGUAGES), default=list)
    hours = models.JSONField(default=dict)  # a week of hours; empty: those of the centre
    weekly_places = models.PositiveSmallIntegerField(null=True)  # null: not limited
    cost = TextField()
    needs_document = models.BooleanField(default=False)
    answers_within_days = models.PositiveSmallIntegerField(null=True)  # working days to answer a referral
    checked_on = models.DateField()
    is_confidential = models.BooleanField(default=False)

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [
            OpenRows(name="service_rows", reason="a public directory"),
            models.CheckConstraint(
                name="service_ages", condition=Q(max_age=None) | Q(min_age=None) | Q(max_age__gte=F("min_age"))
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    def week(self) -> rules.Hours:
        """Its hours, or those of the centre when it has none of its own."""
        week: rules.Hours = self.hours or self.centre.opens
        return week

    def opening(self, moment: datetime) -> rules.Open:
        """Is it open at `moment` (aware)? Times in the answer are the centre's wall clock."""
        return self.centre.opening(moment, self.week())


from tongxing.organisations.account_models import AccessReview, Proposal  # noqa: E402, F401  -- Django reads this module
