from django.urls import path

from comments import views

app_name = "comments"
urlpatterns = [
    path("question/", views.question, name="question"),
    path("<int:article>/", views.add, name="add"),
    path("<int:article>/reply/<int:parent>/", views.reply, name="reply"),
    path("<int:article>/page/<int:number>/", views.thread, name="thread"),
    path("<int:article>/received/", views.received, name="received"),
    path("<int:article>/vote/", views.vote, name="vote"),
    path("<int:article>/voted/", views.voted, name="voted"),
]
