from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles import addresses


class AuthorQuerySet(models.QuerySet):
    def introduced(self):
        """Those whom readers may know of: by a story that is or was public, or by an account at the desk.

        An author whom only hidden stories name would tell of them.
        """
        stories = apps.get_model("articles", "Article").objects.order_by().ever_public()
        return self.filter(Q(user__isnull=False) | Exists(stories.filter(bylines__author=OuterRef("pk"))))


class Author(models.Model):
    """Whoever a byline names: a person, or an agency such as a wire."""

    class Kind(models.TextChoices):
        PERSON = "person", _("Person")
        AGENCY = "agency", _("Agency or organisation")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PERSON)
    name = models.CharField(_("name"), max_length=120, help_text=_("As the byline prints it."))
    slug = models.SlugField(_("slug"), max_length=120, unique=True, allow_unicode=True)
    role = models.CharField(_("role"), max_length=120, blank=True, help_text=_("For example “City hall reporter”."))
    bio = models.TextField(_("biography"), blank=True, help_text=_("Plain text, shown on the author’s page."))
    picture = models.ForeignKey(
        "articles.Picture",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="authors",
        verbose_name=_("picture"),
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="author",
        verbose_name=_("account"),
        help_text=_("The desk account of this author. New stories of that account start with this byline."),
    )

    objects = AuthorQuerySet.as_manager()

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["name"]

    save = addresses.leaves_redirect(models.Model.save)

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("articles:author", args=[self.slug])

    @property
    def portrait(self):
        """The picture as far as readers may see it."""
        return self.picture if self.picture and self.picture.is_shown else None

    @property
    def is_agency(self):
        return self.kind == self.Kind.AGENCY
