from django.apps import AppConfig
from django.core import checks
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("editorial")

    def ready(self):
        from . import changes, checklist, names, pings, search, sitemap_files

        names.install()
        changes.listen(sitemap_files.follow)
        changes.listen(pings.note)
        changes.listen(search.server.follow)

        checks.register(checklist.blockers, "newsroom")

        # The full-text index is made here and not in a migration: SQLite drops a table's triggers
        # whenever a later migration rebuilds the table.
        post_migrate.connect(search.install, sender=self)
