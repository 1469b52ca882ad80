from django.http import HttpResponse


def subscribe(request, *args, **kwargs):
    return HttpResponse("")


def sent(request, *args, **kwargs):
    return HttpResponse("")


def confirm(request, *args, **kwargs):
    return HttpResponse("")


def confirmed(request, *args, **kwargs):
    return HttpResponse("")


def leave(request, *args, **kwargs):
    return HttpResponse("")


def left(request, *args, **kwargs):
    return HttpResponse("")
