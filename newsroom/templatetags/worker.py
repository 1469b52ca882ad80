from django import template

from newsroom import worker

register = template.Library()


@register.simple_tag
def worker_is_silent():
    return worker.is_silent()
