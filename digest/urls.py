from django.urls import path

from digest import views

app_name = "digest"
urlpatterns = [
    path("", views.subscribe, name="subscribe"),
    path("sent/", views.sent, name="sent"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("confirmed/", views.confirmed, name="confirmed"),
    path("leave/<slug:token>/", views.leave, name="leave"),
    path("left/", views.left, name="left"),
]
