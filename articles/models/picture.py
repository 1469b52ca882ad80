from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

FRACTION = [MinValueValidator(0.0), MaxValueValidator(1.0)]


class PictureQuerySet(models.QuerySet):
    def without_renditions(self):
        """What the worker has still to make sizes of."""
        return self.filter(renditions=None, is_unreadable=False)


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

    objects = PictureQuerySet.as_manager()

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self):
        return self.alt or self.caption[:60] or self.file.name.rpartition("/")[2]


class Rendition(models.Model):
    """A picture at one size, made by the worker. A page uses the ones that exist and never waits for one."""

    picture = models.ForeignKey(Picture, models.CASCADE, related_name="renditions")
    crop = models.CharField(max_length=10)  # a key of articles.pictures.CROPS
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    format = models.CharField(max_length=5)  # webp, jpeg
    file = models.FileField(upload_to="renditions/%Y/%m")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["picture", "crop", "width", "format"], name="rendition_once"),
        ]

    def __str__(self):
        return f"{self.picture_id} {self.crop} {self.width} {self.format}"
