from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles import addresses

# First parts of addresses that belong to the site; a section may not take them.
RESERVED_SLUGS = frozenset(
    {
        "about", "admin", "api", "archive", "authors", "blogs", "captcha", "comments", "contact", "corrections",
        "digest", "feed", "healthz", "media", "most-read", "news-sitemap", "pages", "preview", "privacy", "readyz",
        "robots", "search", "series", "sitemap", "static", "stories", "subscribe", "tags", "votes",
    }
)  # fmt: skip


def validate_free_slug(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("“%(slug)s” is an address of the site itself; choose another."), params={"slug": slug})


class SectionQuerySet(models.QuerySet["Section"]):
    def top_level(self):
        return self.filter(parent=None)

    def tree(self) -> list["Section"]:
        """All sections in the order of the navigation, each knowing its parent and its `parts`; one query."""
        sections = {section.pk: section for section in self.order_by("position", "name")}
        for section in sections.values():
            section.parent = sections.get(section.parent_id or 0)
            section.parts = [part for part in sections.values() if part.parent_id == section.pk]
        return list(sections.values())


class Section(models.Model):
    """A part of the paper, at most two levels deep. Its address is its slug alone, whatever its level."""

    name = models.CharField(_("name"), max_length=60)
    slug = models.SlugField(
        _("slug"),
        max_length=60,
        unique=True,
        allow_unicode=True,
        validators=[validate_free_slug],
        help_text=_("The section’s address. Stories in it begin with it."),
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("part of")
    )
    description = models.CharField(
        _("description"), max_length=300, blank=True, help_text=_("One line under the section’s name.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Order in the navigation; small numbers first.")
    )

    editors = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        related_name="edited_sections",
        limit_choices_to={"is_staff": True, "is_active": True},
        verbose_name=_("section editors"),
        help_text=_(
            "Editors named for a section publish in their sections only; editors named nowhere publish everywhere."
        ),
    )

    parts: list["Section"]  # of one from tree()

    objects = SectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "name"]

    save = addresses.leaves_redirect(models.Model.save)

    def __str__(self):
        return f"{self.parent.name} › {self.name}" if self.parent_id else self.name

    def get_absolute_url(self):
        return reverse("articles:section", args=[self.slug])

    def clean(self):
        if self.parent_id is None:
            return
        if self.parent_id == self.pk:
            raise ValidationError({"parent": _("A section cannot be part of itself.")})
        if self.parent.parent_id is not None:
            raise ValidationError({"parent": _("Sections have two levels; choose a section that is at the top.")})
        if self.pk and self.children.exists():
            raise ValidationError({"parent": _("This section has parts of its own, so it stays at the top.")})

    @property
    def trail(self):
        """The sections from the top down to this one, as the breadcrumbs show them."""
        return [self.parent, self] if self.parent_id else [self]
