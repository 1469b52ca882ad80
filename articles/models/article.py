from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from taggit.managers import TaggableManager
from taggit.models import ItemBase

from articles import addresses, body_pictures, changes, markup
from articles.fields import RichText

from .author import Author
from .picture import BodyPicture, Picture
from .section import Section
from .tag import StoryTags, Tag

RESERVED_STORY_SLUGS = frozenset(["feed"])
WORDS_PER_MINUTE = 230
BROAD = 4_000  # stories of one tag or author
NEWEST = ("-published_at", "-id", "embargo_until", "unpublish_at")
COMPUTED = ("search_text", "word_count", "first_public_at")
DECIDES_WHO_SEES = frozenset(["status", "published_at", "embargo_until", "unpublish_at"])


class ArticleQuerySet(models.QuerySet):
    def published(self, at=None):
        """What a reader may see now: the one question that pages, feeds, sitemaps, search and mail ask.

        It is a fact about state and time; no row needs to change at the due second.
        """
        at = at or timezone.now()
        return self.begun(at).filter(Q(unpublish_at=None) | Q(unpublish_at__gt=at))

    def begun(self, at=None):
        """Published, and the hour has come; it may be over again."""
        at = at or timezone.now()
        due = self.filter(status=Article.Status.PUBLISHED, published_at__lte=at)
        return due.filter(Q(embargo_until=None) | Q(embargo_until__lte=at))

    def scheduled(self, at=None):
        return self.filter(status=Article.Status.PUBLISHED, published_at__gt=at or timezone.now())

    def next_due(self):
        """When the clock brings the next of these before readers; None when it brings none."""
        return self.scheduled().order_by("published_at").values_list("published_at", flat=True).first()

    def gone(self, at=None):
        """Once public, and taken away from readers or over; what went back to a draft is the desk's alone."""
        at = at or timezone.now()
        over = Q(status=Article.Status.PUBLISHED, unpublish_at__lte=at, unpublish_at__gt=F("published_at"))
        return self.filter(over | Q(status=Article.Status.WITHDRAWN, first_public_at__lte=at))

    def ever_public(self):
        """What readers see now, or could once."""
        now = timezone.now()
        return self.filter(first_public_at__lte=now) | self.begun(now)

    def update(self, **fields):
        """Whatever changes a story's state notes first what readers could see until now; embargoes hold after it."""
        if fields.keys().isdisjoint(DECIDES_WHO_SEES):
            return super().update(**fields)
        self.note_first_public()
        keys = list(self.order_by().values_list("pk", flat=True)) if changes.listeners else []
        with transaction.atomic():
            number = super().update(**fields)
            changes.changed(keys)
            early = Article.objects.filter(embargo_until__gt=timezone.now(), published_at__lt=F("embargo_until"))
            super(ArticleQuerySet, early).update(published_at=F("embargo_until"))
        return number

    update.alters_data = True  # type: ignore[attr-defined]

    def note_first_public(self):
        """Remember of the stories that the clock brought before readers that they were there."""
        seen = self.order_by().filter(first_public_at=None).begun().exclude(unpublish_at__lte=F("published_at"))
        since = Case(When(embargo_until__gt=F("published_at"), then=F("embargo_until")), default=F("published_at"))
        return super(ArticleQuerySet, seen).update(first_public_at=since)

    note_first_public.alters_data = True  # type: ignore[attr-defined]

    def trashed(self):
        return self.filter(trashed_at__isnull=False)

    def kept(self):
        """Not in the trash. Asked by key: the trash is small and indexed, the column stands behind long texts."""
        return self.exclude(pk__in=Article.objects.order_by().trashed().values("pk"))

    def trash(self):
        """Readers no longer find it; what was public is withdrawn, so that putting it back does not publish it."""
        status = Case(When(status=Article.Status.PUBLISHED, then=Value(Article.Status.WITHDRAWN)), default=F("status"))
        return self.filter(trashed_at=None).update(trashed_at=timezone.now(), status=status)

    def put_back(self):
        return self.update(trashed_at=None)

    def newest(self):
        return self.order_by("-published_at", "-pk")

    def of_kind(self, kind):
        return self.filter(kind=kind)

    def of_tag(self, tag):
        return self._of(TaggedArticle.objects.filter(tag=tag), "content_object")

    def of_author(self, author):
        return self._of(Byline.objects.filter(author=author), "article")

    def _of(self, lines, story):
        """Stories that these lines name: few are sorted; of very many the newest are met on the way through all."""
        lines = lines.order_by()
        if lines[BROAD : BROAD + 1].exists():
            return self.filter(Exists(lines.filter(**{story: OuterRef("pk")})))
        return self.filter(pk__in=lines.values(story))

    def in_section(self, section):
        """Stories of a section and of its parts."""
        parts = section.parts if hasattr(section, "parts") else section.children.all()
        return self.filter(section_id__in=[section.pk, *(part.pk for part in parts)])

    def heads(self):
        """All of a story that one query can bring for a list, without the bodies."""
        return self.select_related("section__parent", "lead_picture").defer("body", "search_text")

    def listing(self):
        """All that a list of stories prints, in a fixed number of queries, without the bodies."""
        return self.heads().prefetch_related(bylines(), "lead_picture__renditions")

    def page(self):
        """What a story's own page begins with; load_page() brings the rest."""
        corrections = self.model.corrections.rel.related_model.objects.shown().filter(article=OuterRef("pk"))
        stories = self.select_related("section__parent", "lead_picture", "part__series").prefetch_related("tags")
        return stories.annotate(has_corrections=Exists(corrections)).defer("search_text")

    def full(self):
        """All that a story's page prints."""
        return (
            self.select_related("section__parent", "lead_picture")
            .prefetch_related(bylines(), "lead_picture__renditions", "tags", "corrections")
            .defer("search_text")
        )


def load_expired_in_bodies(articles):
    """For lists that print whole bodies: one query for all of them, and none where no body has a picture."""
    expired = models.Prefetch("body_pictures", BodyPicture.objects.expired(), to_attr="expired_in_body")
    models.prefetch_related_objects([article for article in articles if "<img" in article.body], expired)


def load_listed(stories, more_pictures=(), columnists=()):
    """What listing() prefetches, for stories from heads(); of `columnists`, which are some of them, the first author's
    picture too."""
    pictures = [story.lead_picture for story in stories if story.lead_picture]
    models.prefetch_related_objects(stories, bylines("author__picture") if columnists else bylines())
    portraits = [author.picture for story in columnists for author in story.byline[:1] if author.picture]
    models.prefetch_related_objects([*pictures, *more_pictures, *portraits], "renditions")


def load_portraits(stories):
    """The pictures of their first authors; no query where nobody has one."""
    authors = [author for story in stories for author in story.byline[:1] if author.picture_id]
    models.prefetch_related_objects(authors, "picture__renditions")


def load_page(article, beside):
    """The rest of what the page of a story prints, and what it prints of the stories beside it, together."""
    if "<img" in article.body:
        article.pictures_in_body = [row.picture for row in article.body_pictures.select_related("picture")]
    columnists = [article] if article.kind == Article.Kind.OPINION else []
    load_listed([article, *beside], getattr(article, "pictures_in_body", ()), columnists)
    if article.has_corrections:
        models.prefetch_related_objects([article], "corrections")


def bylines(*more):
    return models.Prefetch("bylines", Byline.objects.select_related("author", *more).order_by("position", "pk"))


class Article(models.Model):
    """A story of any kind. Its columns are what readers see once it is published."""

    class Kind(models.TextChoices):
        NEWS = "news", _("News")
        OPINION = "opinion", _("Opinion")
        BLOG = "blog", _("Blog post")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        APPROVED = "approved", _("Approved")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Placement(models.IntegerChoices):
        NORMAL = 0, _("By time")
        TOP = 1, _("Top story")
        LEAD = 2, _("Lead")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.NEWS)
    kicker = models.CharField(
        _("kicker"),
        max_length=60,
        blank=True,
        help_text=_("The word or two above the headline, for example “Canyon dam”."),
    )
    headline = models.CharField(_("headline"), max_length=200)
    slug = models.SlugField(
        _("slug"),
        max_length=120,
        unique=True,
        blank=True,
        allow_unicode=True,
        help_text=_("The end of the story’s address. Made from the headline when left empty."),
    )
    standfirst = models.TextField(
        _("standfirst"),
        max_length=600,
        blank=True,
        help_text=_("One or two sentences under the headline, in lists and in the e-mail."),
    )
    dateline = models.CharField(
        _("dateline"),
        max_length=80,
        blank=True,
        help_text=_("Where it was reported from, without the dash: “MOSUL, Iraq”."),
    )
    body = RichText(_("body"), blank=True)
    lead_picture = models.ForeignKey(
        Picture,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="led_articles",
        verbose_name=_("lead picture"),
    )
    lead_caption = models.TextField(
        _("caption for this story"),
        max_length=1000,
        blank=True,
        help_text=_("Only when the picture’s own caption does not fit."),
    )
    section = models.ForeignKey(
        Section, models.PROTECT, null=True, blank=True, related_name="articles", verbose_name=_("section")
    )
    authors = models.ManyToManyField(Author, through="Byline", related_name="articles", verbose_name=_("authors"))
    tags = TaggableManager(through="articles.TaggedArticle", blank=True, verbose_name=_("tags"), manager=StoryTags)

    placement = models.PositiveSmallIntegerField(
        _("placement"),
        choices=Placement,
        default=Placement.NORMAL,
        help_text=_("How the front page ranks it while it is new."),
    )
    breaking_until = models.DateTimeField(
        _("breaking until"),
        null=True,
        blank=True,
        help_text=_("Shows the story in the strip on top of every page until then."),
    )
    comments_open = models.BooleanField(_("readers may comment"), default=True)
    # Keys in their order, and no rows: they come with the story without a query, and its history keeps the same.
    picked = models.JSONField(_("related stories"), null=True, blank=True)

    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.DRAFT)
    published_at = models.DateTimeField(
        _("publication time"),
        null=True,
        blank=True,
        help_text=_("Empty: the moment it is published. In the future: it appears by itself at that time."),
    )
    embargo_until = models.DateTimeField(
        _("embargo until"),
        null=True,
        blank=True,
        help_text=_("No reader sees it before. To lift it early, empty it and set the publication time."),
    )
    unpublish_at = models.DateTimeField(
        _("take away at"),
        null=True,
        blank=True,
        help_text=_("Readers no longer find it from then on. Empty: it stays."),
    )
    first_public_at = models.DateTimeField(null=True, editable=False)  # since when readers have known its address
    updated_at = models.DateTimeField(
        _("last updated"), null=True, blank=True, help_text=_("Shown to readers. Saving does not change it.")
    )
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="assigned_articles",
        limit_choices_to={"is_staff": True, "is_active": True},
        verbose_name=_("assigned to"),
    )
    # What waits over a live story until "Publish changes"; readers' pages never look at it.
    pending = models.ForeignKey(
        "articles.Revision", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    trashed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    modified_at = models.DateTimeField(_("saved"), auto_now=True)
    search_text = models.TextField(editable=False, blank=True)  # kept by save(); what the full-text index reads
    word_count = models.PositiveIntegerField(editable=False, default=0)

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        ordering = [F("published_at").desc(nulls_first=True), "-pk"]
        permissions = [("publish_article", _("Can publish, schedule and withdraw stories"))]
        indexes = [
            # With all that published() asks at their ends, so that counting reads no stories.
            models.Index(fields=["status", *NEWEST], name="article_newest"),
            models.Index(fields=["section", "status", *NEWEST], name="article_in_section"),
            models.Index(fields=["kind", "status", *NEWEST], name="article_of_kind"),
            models.Index(fields=["embargo_until"], name="article_embargo", condition=Q(embargo_until__isnull=False)),
            models.Index(fields=["unpublish_at"], name="article_unpublish", condition=Q(unpublish_at__isnull=False)),
            models.Index(fields=["-modified_at", "-id"], name="article_saved"),
            # What the desk's list searches by any part of a word, without reading the stories.
            models.Index(fields=["headline", "slug"], name="article_names"),
            models.Index(fields=["pending"], name="article_changes_wait", condition=Q(pending__isnull=False)),
            models.Index(fields=["trashed_at"], name="article_trash", condition=Q(trashed_at__isnull=False)),
            models.Index(fields=["breaking_until"], name="article_breaking", condition=Q(breaking_until__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | Q(published_at__isnull=False), name="published_has_time"
            ),
            models.CheckConstraint(
                condition=~Q(status="published") | Q(kind="blog") | Q(section__isnull=False),
                name="published_has_section",
            ),
        ]

    def __str__(self):
        return self.headline

    def clean(self):
        if self.status == self.Status.PUBLISHED and self.kind != self.Kind.BLOG and self.section_id is None:
            raise ValidationError({"section": _("Choose a section before publishing; only blog posts do without.")})
        self._check_times()
        if self.slug in RESERVED_STORY_SLUGS:
            raise ValidationError({"slug": _("This address belongs to the section’s feed; choose another.")})
        self._check_takedown()
        if self.slug and addresses.is_taken(self.slug, by=self):
            raise ValidationError({"slug": _("Readers know another story by this address; choose another.")})

    def _check_takedown(self):
        if self.pk and self.status == self.Status.PUBLISHED and self.takedowns.open().exists():
            raise ValidationError({"status": _("This story was taken down; restore it before it is published again.")})

    def _check_times(self):
        begins = max(filter(None, [self.published_at, self.embargo_until]), default=None)
        if begins and self.unpublish_at and self.unpublish_at <= begins:
            raise ValidationError({"unpublish_at": _("Choose a time after the story has appeared.")})

    @addresses.leaves_redirect
    def save(self, *args, **kwargs):
        if self.status == self.Status.PUBLISHED and self.published_at is None:
            self.published_at = timezone.now()
        self.compute_text()
        self.compute_times()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = {*kwargs["update_fields"], *COMPUTED, "modified_at"}
            if not DECIDES_WHO_SEES.isdisjoint(kwargs["update_fields"]):
                kwargs["update_fields"].add("published_at")
        if self.slug:
            super().save(*args, **kwargs)
        else:
            self._save_with_free_slug(*args, **kwargs)
        body_pictures.remember(self)
        if self.has_been_public:
            changes.changed([self.pk])

    def _save_with_free_slug(self, *args, **kwargs):
        """Two stories of one headline may be saved at the same moment; the second then takes the next number."""
        while True:
            self.slug = self.free_slug()
            try:
                with transaction.atomic():
                    return super().save(*args, **kwargs)
            except IntegrityError:
                if not Article.objects.filter(slug=self.slug).exists():
                    raise

    def free_slug(self):
        """A slug from the headline that no other story has, or had while readers could see it."""
        stem = slugify(self.headline, allow_unicode=True)[:110].strip("-_") or "story"
        if stem in RESERVED_STORY_SLUGS:
            stem += "-story"
        taken = set(Article.objects.filter(slug__startswith=stem).exclude(pk=self.pk).values_list("slug", flat=True))
        taken |= addresses.retired(stem)
        slug, number = stem, 2
        while slug in taken:
            slug, number = f"{stem}-{number}", number + 1
        return slug

    def compute_text(self):
        """Clean the body and set the columns that follow from the text. save() does it; bulk_create must ask."""
        self.body = body_pictures.with_alts(markup.clean(self.body))
        text = markup.to_text(self.body)
        self.word_count = len(text.split())
        self.search_text = "\n".join(filter(None, [self.kicker, self.headline, self.standfirst, self.dateline, text]))

    def compute_times(self):
        """A story under embargo is published when that ends: lists and mail put it where it is new to readers."""
        if self.status == self.Status.PUBLISHED and self.embargo_until:
            self.published_at = max(self.published_at, self.embargo_until)
        if self.pk and self.first_public_at is None:
            stored = Article.objects.filter(pk=self.pk)
            stored.note_first_public()
            self.first_public_at = stored.values_list("first_public_at", flat=True).first()
        if self.first_public_at is None and self.is_public:
            self.first_public_at = self.published_at

    def get_absolute_url(self):
        """Where readers find it. The slug alone decides; a wrong section part is redirected."""
        part = "blogs" if self.kind == self.Kind.BLOG or self.section is None else self.section.slug
        return reverse("articles:article", args=[part, self.slug])

    @property
    def is_public(self):
        return self._is_begun and not self.is_over

    @property
    def is_scheduled(self):
        return self._is_due and not self._is_begun

    @property
    def is_embargoed(self):
        return self._is_due and self.embargo_until is not None and self.embargo_until > timezone.now()

    @property
    def is_over(self):
        """Its time before readers has ended."""
        return self._is_due and self.unpublish_at is not None and self.unpublish_at <= timezone.now()

    @property
    def _is_begun(self):
        return self._is_due and self.published_at <= timezone.now() and not self.is_embargoed

    @property
    def has_been_public(self):
        """Whether readers could ever see it, as far as these columns tell."""
        return self.first_public_at is not None or self._is_begun

    @property
    def _is_due(self):
        """A form that was refused holds a published story whose time save() has not set yet."""
        return self.status == self.Status.PUBLISHED and self.published_at is not None

    @property
    def state(self):
        """The status as the desk says it, with what the clock makes of it."""
        if self.is_over:
            return _("Taken away")
        if self.is_embargoed:
            until = date_format(timezone.localtime(self.embargo_until), "SHORT_DATETIME_FORMAT")
            return _("Embargoed until %(time)s") % {"time": until}
        return _("Scheduled") if self.is_scheduled else self.get_status_display()

    @property
    def byline(self):
        """The authors in byline order, from what listing() and full() loaded."""
        return [byline.author for byline in self.bylines.all()]

    @property
    def picture(self):
        """The lead picture as long as its rights last and there is a file of it: what readers may see of it."""
        picture = self.lead_picture
        return picture if picture and picture.is_shown else None

    @property
    def body_for_readers(self):
        """The body without the pictures whose rights are over."""
        if "<img" not in self.body:
            return self.body
        return body_pictures.without(self.body, self._expired_in_body())

    def _expired_in_body(self):
        if hasattr(self, "pictures_in_body"):
            return [picture for picture in self.pictures_in_body if not picture.is_shown]
        rows = getattr(self, "expired_in_body", None)
        rows = self.body_pictures.expired() if rows is None and self.pk else rows or ()
        return [row.picture for row in rows]

    @property
    def is_pictured(self):
        return self.picture is not None

    @property
    def caption(self):
        return self.lead_caption or (self.lead_picture.caption if self.lead_picture else "")

    @property
    def reading_minutes(self):
        return max(1, round(self.word_count / WORDS_PER_MINUTE))

    @property
    def shown_corrections(self):
        """The corrections that are public, newest first."""
        if getattr(self, "has_corrections", None) is False:
            return []
        return [correction for correction in self.corrections.all() if not correction.is_waiting]

    @property
    def modified_for_readers_at(self):
        """The latest of publication, visible update and correction: schema.org's dateModified."""
        times = [self.published_at, self.updated_at, *(c.corrected_at for c in self.shown_corrections)]
        return max(time for time in times if time)


class Note(models.Model):
    """A word to the writer or to the next editor; readers never see it."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=2000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150, blank=True)  # outlives the account
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["created_at", "pk"]

    def __str__(self):
        return self.text[:60]


class Byline(models.Model):
    """One author's place in a story's byline."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="bylines")
    author = models.ForeignKey(Author, models.PROTECT, related_name="bylines", verbose_name=_("author"))
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("byline")
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["article", "author"], name="author_once_in_byline")]

    def __str__(self):
        return str(self.author)


class TaggedArticle(ItemBase):
    content_object = models.ForeignKey(Article, models.CASCADE)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="tagged_articles")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_object", "tag"], name="tag_once_on_article")]
        indexes = [models.Index(fields=["tag", "-content_object"], name="newest_of_tag")]
