"""Published figures about the population behind."""

from django.db import models
from django.utils.translation import pgettext_lazy

from tongxing.core.i18n import TextField
from tongxing.core.rls import OpenRows


class ReferenceStatistic(models.Model):
    """A published figure about the population behind, with its source and date: a denominator, never a result.

    What the source does not state stays empty and is shown as not stated; facts/coverage.py then refuses to divide by it.
    """

    class Qualifier(models.TextChoices):
        EXACTLY = "exactly", pgettext_lazy("qualifier", "exactly")
        BETWEEN = "between", pgettext_lazy("qualifier", "between")
        OVER = "over", pgettext_lazy("qualifier", "over")
        ALMOST = "almost", pgettext_lazy("qualifier", "almost")
        SOME = "some", pgettext_lazy("qualifier", "some")

    code = models.SlugField(primary_key=True, max_length=64)
    position = models.PositiveSmallIntegerField()
    title = TextField()
    qualifier = models.CharField(max_length=12, choices=Qualifier.choices)
    low = models.DecimalField(max_digits=16, decimal_places=2)
    high = models.DecimalField(max_digits=16, decimal_places=2)
    unit = models.CharField(max_length=8, blank=True, help_text='"%" or empty: persons')
    population = models.SlugField(max_length=64, help_text="what is the same population has the same code")
    population_words = TextField()
    place = models.CharField(max_length=12, blank=True, help_text="country or division code; empty: not stated")
    place_words = TextField()
    year = models.PositiveSmallIntegerField(null=True, help_text="empty: not stated")
    quote = models.CharField(max_length=200, help_text="a few words, exactly as the source has them")
    source = models.CharField(max_length=160)
    source_place = TextField()
    published_on = models.DateField(null=True, help_text="of the source; empty: not stated")

    class Meta:
        ordering = ["position"]
        constraints = [
            OpenRows(name="referencestatistic_open", reason="published figures about whole populations"),
            models.CheckConstraint(
                name="referencestatistic_range",
                condition=models.Q(high__gte=models.F("low"), low__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return self.code
