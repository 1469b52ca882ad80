from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from articles import addresses

MOST_LINKS = 8


def _is_link(text: str) -> bool:
    try:
        URLValidator(schemes=["https"])(text)
    except ValidationError:
        return False
    return bool(urlsplit(text).hostname) and "@" not in urlsplit(text).netloc


def validate_links(text: str) -> None:
    links = text.split()
    if len(links) > MOST_LINKS:
        raise ValidationError(_("At most %(number)d links."), params={"number": MOST_LINKS})
    for link in links:
        if not _is_link(link):
            raise ValidationError(
                _("“%(link)s” is not a full address that begins with https://."), params={"link": link[:100]}
            )


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
    email = models.EmailField(
        _("e-mail for readers"), blank=True, help_text=_("Shown on the author’s page. Empty: readers see none.")
    )
    links = models.TextField(
        _("links"),
        blank=True,
        max_length=1000,
        validators=[validate_links],
        help_text=_("Pages of the author elsewhere, one full address (https://…) a line."),
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Order on the page “Who we are”; small numbers first, then by name.")
    )
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
    def elsewhere(self) -> list[tuple[str, str]]:
        """The links as readers see them: the name of the site, and the address."""
        return [
            (str(urlsplit(link).hostname).removeprefix("www."), link) for link in self.links.split() if _is_link(link)
        ]

    @property
    def is_agency(self):
        return self.kind == self.Kind.AGENCY
