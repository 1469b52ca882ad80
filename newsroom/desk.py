"""The look of the desk and the way around it: the settings of django-unfold and of the editor."""

from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

# The press red and the warm paper of static/css/tokens.css, in the eleven steps that unfold asks for.
RED = {
    "50": "#fdf3f1", "100": "#fbe4e1", "200": "#f6cac5", "300": "#efa59e", "400": "#ff9184", "500": "#e2665d",
    "600": "#9b1c1f", "700": "#821719", "800": "#6c1517", "900": "#591416", "950": "#310809",
}  # fmt: skip
PAPER = {
    "50": "#faf7f0", "100": "#f5efe4", "200": "#e4dccd", "300": "#d0c7b7", "400": "#a89f91", "500": "#6f665a",
    "600": "#575046", "700": "#433d35", "800": "#2d2822", "900": "#1a1713", "950": "#110f0c",
}  # fmt: skip

# (group, ((label, icon, "app.Model"), …)): a person sees the lines that lead somewhere for them.
MAP = (
    (
        _("Stories"),
        (
            (_("Stories"), "article", "articles.Article"),
            (_("Pictures"), "photo_library", "articles.Picture"),
            (_("Authors"), "signature", "articles.Author"),
            (_("Sections"), "account_tree", "articles.Section"),
            (_("Tags"), "sell", "articles.Tag"),
            (_("Series"), "format_list_numbered", "articles.Series"),
            (_("Corrections"), "published_with_changes", "articles.Correction"),
            (_("Pages about us"), "info", "articles.Page"),
            (_("Takedowns"), "gavel", "articles.Takedown"),
            (_("Former addresses"), "alt_route", "redirects.Redirect"),
        ),
    ),
    (
        _("Readers"),
        (
            (_("Comments"), "forum", "comments.Comment"),
            (_("Votes"), "star", "comments.Vote"),
        ),
    ),
    (
        _("Daily e-mail"),
        (
            (_("Editions"), "mark_email_read", "digest.Edition"),
            (_("Deliveries"), "outgoing_mail", "digest.Delivery"),
            (_("Subscribers"), "group", "digest.Subscriber"),
        ),
    ),
    (
        _("People"),
        (
            (_("Accounts"), "person", "auth.User"),
            (_("Groups"), "groups", "auth.Group"),
        ),
    ),
)


def navigation(request):
    """The sidebar, as far as this person's permissions go."""
    groups = [{"items": [{"title": _("Desk"), "icon": "home", "link": reverse("admin:index")}]}]
    for title, lines in MAP:
        items = [line for line in (_line(request, *line) for line in lines) if line]
        groups.append({"title": title, "items": items})
    if request.user.has_perm("articles.publish_article"):
        front = {"title": _("Front page"), "icon": "view_quilt", "link": reverse("front_desk:desk")}
        groups[1]["items"].insert(1, front)
    if may_read_mailbox(request):
        mail = {"title": _("Outbox"), "icon": "outbox", "link": reverse("mailbox:list")}
        groups[3]["items"].append(mail)
    if request.user.has_perm("admin.view_logentry"):
        groups[4]["items"].append({"title": _("Log"), "icon": "history", "link": reverse("log")})
    return [group for group in groups if group["items"]]


def _line(request, title, icon, label):
    model_admin = admin.site._registry.get(apps.get_model(label))
    if model_admin is None or not model_admin.has_view_permission(request):
        return None
    meta = model_admin.opts
    line = {"title": title, "icon": icon, "link": reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")}
    waiting = waiting_comments(request) if label == "comments.Comment" else 0
    return line | {"badge": str(waiting), "badge_variant": "primary"} if waiting else line


def waiting_comments(request, limit=100):
    """How many comments wait for a moderator, counted once a page and no further than `limit`."""
    if not hasattr(request, "waiting_comments"):
        Comment = apps.get_model("comments.Comment")
        request.waiting_comments = Comment.objects.pending().order_by()[:limit].count()
    return request.waiting_comments


def may_read_mailbox(request):
    """The outbox exists only where mail goes into files; it holds links that confirm and unsubscribe."""
    user = request.user
    return not settings.EMAIL_URL and user.is_active and user.is_staff and user.has_perm("digest.view_edition")


UNFOLD = {
    "SITE_TITLE": lambda request: settings.SITE_NAME,
    "SITE_HEADER": lambda request: settings.SITE_NAME,
    "SITE_SUBHEADER": _("Editors’ desk"),
    "SITE_URL": reverse_lazy("articles:front"),
    "SITE_SYMBOL": "newspaper",
    "LOGIN": {"form": "newsroom.sign_in.SignInForm"},
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("img/favicon.svg")},
    ],
    "BORDER_RADIUS": "3px",
    "COLORS": {"base": PAPER, "primary": RED},
    "STYLES": [
        lambda request: static("css/tokens.css"),
        lambda request: static("desk/desk.css"),
        lambda request: static("desk/frame.css"),
        lambda request: static("desk/find.css"),
    ],
    "SHOW_BACK_BUTTON": True,
    "DASHBOARD_CALLBACK": "newsroom.dashboard.fill",
    "SCRIPTS": [lambda request: static("desk/shortcuts.js"), lambda request: static("desk/reach.js")],
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "newsroom.desk.navigation",
    },
}

_static = lazy(static, str)

# CKEditor offers what articles/markup.py keeps and nothing else; what is pasted is cut down to the same.
EDITOR = {
    "width": "100%",
    "height": 420,
    "autoGrow_minHeight": 420,
    "autoGrow_maxHeight": 1400,
    "autoGrow_onStartup": True,
    "toolbar": [
        ["Format", "Bold", "Italic", "RemoveFormat"],
        ["Link", "Unlink", "Image", "Blockquote", "Table", "HorizontalRule", "SpecialChar"],
        ["BulletedList", "NumberedList"],
        ["PasteFromWord", "Language", "BidiLtr", "BidiRtl"],
        ["Find", "Undo", "Redo", "Source", "Maximize"],
    ],
    "extraPlugins": "image2,uploadimage,language,autogrow",
    "removePlugins": ",".join(
        (
            "about", "colorbutton", "colordialog", "copyformatting", "div", "exportpdf", "flash", "font", "forms",
            "iframe", "image", "indentblock", "justify", "newpage", "pagebreak", "preview", "print", "resize", "save",
            "scayt", "smiley", "stylescombo", "templates", "wsc",
        )
    ),
    "removeButtons": "Underline,Strike,Subscript,Superscript,Anchor",
    "removeDialogTabs": "link:advanced;link:target;image2:advanced;table:advanced",
    "format_tags": "p;h2;h3;h4",
    "disallowedContent": "*{*}; table[align,border,cellpadding,cellspacing,summary]",
    "extraAllowedContent": "img[data-picture]",
    "contentsCss": [_static("css/tokens.css"), _static("desk/body.css")],
    "bodyClass": "copy",
    "clipboard_handleImages": False,  # uploadimage does
    "entities": False,
    "disableNativeSpellChecker": False,
    "linkDefaultProtocol": "https://",
    "language_list": ["ar:العربية:rtl", "de:Deutsch", "en:English", "es:Español", "fr:Français", "he:עברית:rtl"],
    "image2_alignClasses": ["image-left", "image-center", "image-right"],
    "image2_captionedClass": "image",
    "image2_altRequired": True,
    "image2_disableResizer": True,
    "filebrowserImageBrowseUrl": reverse_lazy("admin:articles_picture_choose"),
    "filebrowserWindowWidth": 900,
    "filebrowserWindowHeight": 700,
    "chooseFromLibrary": _("Choose from the library"),
    "filebrowserImageUploadUrl": reverse_lazy("admin:articles_picture_upload"),
    "imageUploadUrl": reverse_lazy("admin:articles_picture_upload"),
}  # fmt: skip
