from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles import addresses

from .article import Article


class SeriesQuerySet(models.QuerySet):
    def known(self):
        """Those with a part that is or was public: one that is only planned would tell of it."""
        stories = Article.objects.order_by().ever_public()
        return self.filter(Exists(stories.filter(part__series=OuterRef("pk"))))


class Series(models.Model):
    """Stories that belong together and are read in an order."""

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=100, unique=True, allow_unicode=True)
    description = models.TextField(
        _("description"), max_length=600, blank=True, help_text=_("One or two sentences at the head of its page.")
    )

    objects = SeriesQuerySet.as_manager()

    class Meta:
        verbose_name = _("series")
        verbose_name_plural = _("series")
        ordering = ["name"]

    save = addresses.leaves_redirect(models.Model.save)

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("articles:series", args=[self.slug])


class Part(models.Model):
    """A story's place in its series; a story has one at most."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="parts", verbose_name=_("series"))
    article = models.OneToOneField(Article, models.CASCADE, related_name="part", verbose_name=_("story"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("part")
        verbose_name_plural = _("parts")
        ordering = ["position", "pk"]

    def __str__(self):
        return str(self.article)
