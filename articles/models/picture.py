from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

FRACTION = [MinValueValidator(0.0), MaxValueValidator(1.0)]
SIZES = 2  # raise it when articles.pictures.CROPS changes: the sweep then makes what older pictures lack
USES = ("led_articles", "authors", "bodies")
LOOK = ("look_0", "look_1", "look_2", "look_3", "look_4")


class PictureQuerySet(models.QuerySet):
    def without_renditions(self):
        """What the worker has still to make sizes of, all of them or the rest."""
        return self.filter(sizes_made__lt=SIZES, is_unreadable=False)

    def expired(self, on=None):
        """What no page shows any more."""
        return self.filter(rights_until__lt=on or timezone.localdate())

    def unused(self):
        return self.filter(*(~Exists(use) for use in self._uses()))

    def used(self):
        at_the_head, by_authors, in_bodies = (Exists(use) for use in self._uses())
        return self.filter(at_the_head | by_authors | in_bodies)

    def _uses(self):
        for name in USES:
            relation = self.model._meta.get_field(name)
            yield relation.related_model._default_manager.filter(**{relation.field.name: OuterRef("pk")}).order_by()

    def sharing_a_part(self, look):
        """Every picture whose look differs in at most four bits, and some more: of five parts one is then equal."""
        any_part = Q()
        for name, part in zip(LOOK, look, strict=True):
            any_part |= Q(**{name: part})
        return self.filter(any_part)


class Picture(models.Model):
    """A photograph with what a reader must be told about it. Its file was decoded and written anew by
    articles/pictures.py, so that nothing but a picture is ever stored."""

    file = models.ImageField(_("file"), upload_to="pictures/%Y/%m", width_field="width", height_field="height")
    width = models.PositiveIntegerField(_("width"), default=0, editable=False)
    height = models.PositiveIntegerField(_("height"), default=0, editable=False)
    alt = models.CharField(
        _("alternative text"),
        max_length=300,
        blank=True,
        help_text=_("What is seen, for readers who cannot see it. Not the caption."),
    )
    caption = models.TextField(
        _("caption"),
        max_length=1000,
        blank=True,
        help_text=_("Printed under the picture. Filled from its metadata."),
    )
    credit = models.CharField(
        _("credit"), max_length=200, blank=True, help_text=_("Photographer and agency, without brackets.")
    )
    byline = models.CharField(
        _("photographer"), max_length=200, blank=True, help_text=_("For the record; readers see the credit.")
    )
    copyright = models.CharField(_("copyright"), max_length=200, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True, help_text=_("Where it was taken, in words."))
    taken_on = models.DateField(_("taken on"), null=True, blank=True)
    rights_until = models.DateField(
        _("rights until"),
        null=True,
        blank=True,
        db_index=True,
        help_text=_("The last day on which readers may see it; after it no page shows it."),
    )
    focal_x = models.FloatField(_("focus, from the left"), default=0.5, validators=FRACTION)
    focal_y = models.FloatField(
        _("focus, from the top"),
        default=0.5,
        validators=FRACTION,
        help_text=_("0 to 1: the point that crops keep."),
    )
    uploaded_at = models.DateTimeField(_("uploaded"), auto_now_add=True, db_index=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    is_unreadable = models.BooleanField(default=False, editable=False)  # the worker could not decode its file
    sizes_made = models.PositiveSmallIntegerField(default=0, editable=False, db_index=True)  # SIZES when all are there
    # SHA-256 of what was uploaded; NULL, of which there may be many, where that is not known.
    digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001
    # The dHash of articles/pictures.py in five parts, so that an index finds what looks alike.
    look_0 = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)
    look_1 = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)
    look_2 = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)
    look_3 = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)
    look_4 = models.PositiveSmallIntegerField(null=True, editable=False, db_index=True)

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self):
        return self.alt or self.caption[:60] or self.file.name.rpartition("/")[2]

    @property
    def is_expired(self):
        return self.rights_until is not None and self.rights_until < timezone.localdate()

    @property
    def is_lost(self):
        """Neither its own file nor sizes of it are there to be shown."""
        return not self.file or (self.is_unreadable and not self.sizes_made)

    @property
    def is_shown(self):
        """Whether a page for readers may show it."""
        return not self.is_expired and not self.is_lost

    @property
    def look(self):
        """Five numbers, or None for a picture that has no look: one flat colour."""
        return None if self.look_0 is None else tuple(getattr(self, name) for name in LOOK)


class Rendition(models.Model):
    """A picture at one size, made by the worker. A page uses the ones that exist and never waits for one."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="renditions")
    crop = models.CharField(max_length=10)  # a key of articles.pictures.CROPS
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    format = models.CharField(max_length=5)  # avif, webp, jpeg
    file = models.FileField(upload_to="renditions/%Y/%m")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture", "crop", "width", "format"], name="rendition_once"),
        ]

    def __str__(self):
        return f"{self.picture_id} {self.crop} {self.width} {self.format}"


class BodyPictureQuerySet(models.QuerySet):
    def expired(self):
        """What stands in texts and no reader may see any more, or can, with its picture."""
        over, lost = Q(picture__rights_until__lt=timezone.localdate()), Q(picture__is_unreadable=True)
        return self.filter(over | (lost & Q(picture__sizes_made=0))).select_related("picture")


class BodyPicture(models.Model):
    """A picture that stands in the text of a story; kept by Article.save(), so that no text is read to find it."""

    article = models.ForeignKey("articles.Article", models.CASCADE, related_name="body_pictures")
    picture = models.ForeignKey(Picture, models.CASCADE, related_name="bodies")

    objects = BodyPictureQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "picture"], name="picture_once_in_body")]

    def __str__(self):
        return f"{self.article_id} {self.picture_id}"
