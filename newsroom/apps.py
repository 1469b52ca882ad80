from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class NewsroomConfig(AppConfig):
    name = "newsroom"
    verbose_name = _("newsroom")

    def ready(self):
        from . import checks, site  # noqa: F401  (checks registers the system checks)

        # The signal is not sent for an app without models, such as this one.
        post_migrate.connect(site.follow_settings, sender=apps.get_app_config("sites"))
