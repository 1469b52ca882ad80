from django.http import HttpResponse


def question(request, *args, **kwargs):
    return HttpResponse("")


def add(request, *args, **kwargs):
    return HttpResponse("")


def reply(request, *args, **kwargs):
    return HttpResponse("")


def received(request, *args, **kwargs):
    return HttpResponse("")


def vote(request, *args, **kwargs):
    return HttpResponse("")


def voted(request, *args, **kwargs):
    return HttpResponse("")
