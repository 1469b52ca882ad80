from django.contrib import admin
from django.urls import include, path

from newsroom import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/mailbox/", include("newsroom.outbox")),
    path("admin/articles/front/", include("articles.admin.front")),
    path("admin/", admin.site.urls),
    path("comments/", include("comments.urls")),
    path("subscribe/", include("digest.urls")),
    path("media/<path:path>", health.media, name="media"),
    path("", include("articles.urls")),
]
