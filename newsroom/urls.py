from django.contrib import admin
from django.urls import include, path

from newsroom import finder, health, log

handler500 = "newsroom.faults.server_error"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/mailbox/", include("newsroom.outbox")),
    path("admin/articles/front/", include("articles.admin.front")),
    path("admin/search/", admin.site.admin_view(finder.find)),  # instead of unfold's, which has no bound
    path("admin/log/", admin.site.admin_view(log.read), name="log"),
    path("admin/r/<int:content_type_id>/<path:object_id>/", admin.site.admin_view(finder.on_site)),
    path("admin/", admin.site.urls),
    path("comments/", include("comments.urls")),
    path("subscribe/", include("digest.urls")),
    path("", include("reading.urls")),
    path("media/<path:path>", health.media, name="media"),
    path("", include("articles.urls")),
]
