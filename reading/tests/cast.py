"""What tests of readings share."""

import threading

from django.urls import reverse

from reading import counting
from reading.models import Reads

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OURS = {"Sec-Fetch-Site": "same-origin", "User-Agent": FIREFOX}


def send(client, body, address="203.0.113.7", **headers):
    """What the page's script sends; a header that is None is left out."""
    sent = {name: value for name, value in {**OURS, **headers}.items() if value is not None}
    return client.post(
        reverse("reading:count"), body, content_type="text/plain;charset=UTF-8", headers=sent, REMOTE_ADDR=address
    )


def read(client, story, times=1, network="198.51.{}.{}"):
    """By as many readers, each on a network of its own."""
    for number in range(times):
        send(client, str(story.pk), network.format(*divmod(number, 250)))


def log_now():
    """What the process would log within a second."""
    for timer in [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]:
        timer.cancel()
        timer.join()  # it may have begun
    counting.log_gathered()


def moved():
    """What the worker's next two looks at the cache bring."""
    log_now()
    return counting.move() + counting.move()


def counts(story):
    return sum(Reads.objects.filter(article=story).values_list("count", flat=True))
