from django.conf import settings
from django.db import models
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from articles import addresses, body_pictures
from articles.fields import RichText

# slug → (its title, the name of its address, whether it is a page of its own; the text of others heads their lists)
BUILT_IN = {
    "about": (_("About us"), "articles:about", True),
    "contact": (_("Contact"), "articles:contact", True),
    "privacy": (_("Privacy"), "articles:privacy", True),
    "corrections": (_("Corrections"), "articles:corrections", False),
    "masthead": (_("Who we are"), "articles:authors", False),
}
LINK = ("slug", "title", "position", "is_shown")  # what the foot of every page says of it


class PageQuerySet(models.QuerySet):
    def shown(self):
        return self.filter(is_shown=True)

    def linked(self):
        """Those that the foot of every page links; the lists that a text heads have their links anyway."""
        heads = [slug for slug, (_title, _name, is_own) in BUILT_IN.items() if not is_own]
        return self.shown().exclude(slug__in=heads)


class Page(models.Model):
    """A text about the paper itself. What is left empty of a built-in one is said in the product's own words, in the
    language of the site."""

    title = models.CharField(_("title"), max_length=100, blank=True)
    slug = models.SlugField(
        _("slug"),
        max_length=60,
        unique=True,
        allow_unicode=True,
        help_text=_("The end of its address: /pages/…/."),
    )
    body = RichText(_("text"), blank=True)
    position = models.PositiveSmallIntegerField(
        _("position"), default=10, help_text=_("Order in the foot of every page; small numbers first.")
    )
    is_shown = models.BooleanField(
        _("shown to readers"), default=True, help_text=_("Off: readers do not find it, and no page links it.")
    )
    changed_at = models.DateTimeField(_("saved"), auto_now=True)

    is_linked_anew = True  # whether the latest save or delete changed the foot of every page

    objects = PageQuerySet.as_manager()

    class Meta:
        verbose_name = _("page about us")
        verbose_name_plural = _("pages about us")
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name

    @addresses.leaves_redirect
    def save(self, *args, **kwargs):
        before = Page.objects.filter(pk=self.pk).values_list(*LINK).first()
        self.is_linked_anew = before != tuple(getattr(self, name) for name in LINK)
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        self.is_linked_anew = True
        return super().delete(*args, **kwargs)

    def get_absolute_url(self):
        return reverse(BUILT_IN[self.slug][1]) if self.is_built_in else reverse("articles:page", args=[self.slug])

    @classmethod
    def named(cls, slug) -> "Page":
        """A built-in one, also where its row is lost."""
        return cls.objects.filter(slug=slug).first() or cls(slug=slug)

    @property
    def is_built_in(self):
        return self.slug in BUILT_IN

    @property
    def name(self) -> str:
        return self.title or str(BUILT_IN.get(self.slug, [self.slug])[0])

    @property
    def own_words(self) -> str:
        """What stands there until somebody writes."""
        if not self.is_built_in:
            return ""
        context = {
            "site_name": settings.SITE_NAME,
            "address": settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].rstrip("> "),
        }
        return render_to_string(f"articles/pages/{self.slug}.html", context).strip()

    @property
    def html(self) -> str:
        """The text for readers, without pictures whose rights are over."""
        if not self.body:
            return mark_safe(self.own_words)  # a template escaped what it names
        body = str(self.body)
        if "<img" in body:
            pictures = body_pictures.pictures_in(body)
            body = body_pictures.without(body, [p for p in pictures if p.is_expired or p.is_lost])
        return mark_safe(body)  # articles/markup.py cleaned it when it was stored
