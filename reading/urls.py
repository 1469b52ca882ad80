from django.urls import path

from reading import views

app_name = "reading"
urlpatterns = [
    path("stories/read/", views.count, name="count"),
    path("most-read/", views.most_read, name="most_read"),
]
