import unicodedata

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from taggit.managers import _TaggableManager
from taggit.models import TagBase

from articles import addresses, changes

LONGEST_STEM = 90  # of a slug of 100, so that a number has room


def key_of(name: str) -> str:
    """One key for every way of writing a name: case, spaces, composed letters."""
    return unicodedata.normalize("NFC", " ".join(name.split()).casefold())[:300]


class KeyField(models.CharField):
    """The key of the row's name, whatever way the row came in. SQLite itself folds the case of ASCII only."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **{"max_length": 300, "editable": False, "default": "", **kwargs})

    def pre_save(self, model_instance, add):
        value = key_of(model_instance.name)
        setattr(model_instance, self.attname, value)
        return value


class TagQuerySet(models.QuerySet):
    def known(self):
        """Those that may be named to readers: what stands on hidden stories alone would tell of them."""
        return self.filter(self._is_known())

    def around(self, slug):
        """The tag of an address, its broader and its narrower ones, each with `is_known`; in one query."""
        own, narrower, broader = (
            Tag.objects.filter(**{column: slug}).order_by().values("pk")
            for column in ("slug", "parent__slug", "children__slug")
        )
        near = self.filter(pk__in=own.union(narrower, broader))  # of an OR PostgreSQL expects most of the tags
        return near.annotate(is_known=ExpressionWrapper(self._is_known(), BooleanField()))

    def _is_known(self):
        stories = apps.get_model("articles", "Article").objects.order_by().ever_public()
        lines = self.model.tagged_articles.rel.related_model.objects.filter(tag=OuterRef("pk"))
        return Exists(stories.filter(taggedarticle__tag=OuterRef("pk"))) | ~Exists(lines)

    def meant_by(self, slug):
        """Those of which the word at the end of an address is a synonym."""
        return self.filter(synonyms__key__in={key_of(slug), key_of(slug.replace("-", " "))})


class Tag(TagBase):
    """A subject that stories share; its page lists them."""

    description = models.CharField(_("description"), max_length=300, blank=True)
    parent = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="children",
        verbose_name=_("broader tag"),
        help_text=_("Their pages lead to each other. Stories are listed under the tag that they have, no other."),
    )
    key = KeyField(db_index=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    save = addresses.leaves_redirect(TagBase.save)

    def get_absolute_url(self):
        return reverse("articles:tag", args=[self.slug])

    def slugify(self, tag, i=None):
        """An address that leads to another tag is not given away."""
        slug = slugify(tag, allow_unicode=True)[:LONGEST_STEM]
        if i is None and addresses.rows().filter(old_path=addresses.path_of(Tag(slug=slug)) or "").exists():
            i = 2
        return slug if i is None else f"{slug}_{i}"

    def clean(self):
        """Another way of writing a tag is no tag of its own, nor is a word that leads to one."""
        double = Tag.objects.filter(key=key_of(self.name)).exclude(pk=self.pk).first()
        if double:
            raise ValidationError({"name": _("The tag “%(tag)s” is there already.") % {"tag": double}})
        synonym = TagSynonym.objects.select_related("tag").exclude(tag=self.pk).filter(key=key_of(self.name)).first()
        if synonym:
            raise ValidationError({"name": _("This name is a synonym of “%(tag)s”.") % {"tag": synonym.tag}})
        self._check_parent()
        here = addresses.path_of(Tag.objects.filter(pk=self.pk).first() or self)
        if addresses.rows().filter(old_path=addresses.path_of(self) or "").exclude(new_path=here).exists():
            raise ValidationError({"slug": _("This address leads elsewhere already; choose another.")})

    def _check_parent(self):
        """A tag is not part of itself, nor of what is part of it."""
        above, seen = self.parent, {self.pk}
        while above is not None and self.pk:
            if above.pk in seen:
                raise ValidationError({"parent": _("“%(tag)s” is this tag or a part of it.") % {"tag": self.parent}})
            seen.add(above.pk)
            above = above.parent

    @classmethod
    def resolve(cls, names) -> list["Tag"]:
        """The tags that these names mean, each once, in their order; a synonym means its tag, a new name makes one.

        Two queries, and a few more for each new name.
        """
        wanted = {key_of(name): " ".join(name.split()) for name in names if name.strip()}
        synonyms = TagSynonym.objects.select_related("tag").filter(key__in=list(wanted))
        known = {synonym.key: synonym.tag for synonym in synonyms}
        known |= {tag.key: tag for tag in cls.objects.filter(key__in=list(wanted)).order_by("-pk")}
        # Of two people who make the same tag at once, the second gets the first one's.
        tags = (known.get(key) or cls.objects.get_or_create(name=name)[0] for key, name in wanted.items())
        return list(dict.fromkeys(tags))

    @transaction.atomic
    def absorb(self, others) -> int:
        """Merge: the stories, synonyms, names and addresses of other tags become this one's; how many were merged.

        Of two merges in one instant the second finds what the first left. Raises Tag.DoesNotExist when it is gone.
        """
        wanted = {tag.pk for tag in [self, *others]}
        there = {tag.pk: tag for tag in Tag.objects.select_for_update().filter(pk__in=wanted).order_by("pk")}
        if there.pop(self.pk, None) is None:
            raise Tag.DoesNotExist
        others = list(there.values())
        lines = self.tagged_articles.model.objects
        for other in others:
            mine = lines.filter(tag=self).values("content_object")
            changes.changed(lines.filter(tag=other).values_list("content_object", flat=True))
            lines.filter(tag=other).exclude(content_object__in=mine).update(tag=self)
            other.synonyms.update(tag=self)
            for child in other.children.exclude(pk=self.pk):  # saved, so that their pages and this one are told
                child.parent = self
                child.save(update_fields=["parent"])
            old, new = addresses.path_of(other), addresses.path_of(self)
            other.delete()
            if old and new:
                addresses.move(old, new)
            self.remember(other.name)
        return len(others)

    def remember(self, name):
        """A name that was another's, or its own once, means this tag from now on."""
        key = key_of(name)
        if key != key_of(self.name):
            TagSynonym.objects.get_or_create(key=key, defaults={"name": name, "tag": self})


class StoryTags(_TaggableManager):
    """A story's tags. Names that are given to it, on whatever way, are read as Tag.resolve() reads them."""

    def _to_tag_model_instances(self, tags, tag_kwargs):
        names = [tag for tag in tags if isinstance(tag, str)]
        given = super()._to_tag_model_instances([tag for tag in tags if not isinstance(tag, str)], tag_kwargs)
        return list(dict.fromkeys([*given, *Tag.resolve(names)]))


class TagSynonym(models.Model):
    """Another word for a tag."""

    name = models.CharField(_("name"), max_length=100)
    key = KeyField(unique=True)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="synonyms", verbose_name=_("tag"))

    class Meta:
        verbose_name = _("synonym")
        verbose_name_plural = _("synonyms")
        ordering = ["name"]

    def __str__(self):
        return self.name
