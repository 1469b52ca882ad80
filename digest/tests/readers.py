from django.utils import timezone

from digest.models import Subscriber


def make_subscriber(email="ruth@example.org", status=Subscriber.Status.CONFIRMED, **fields):
    return Subscriber.objects.create(email=email, status=status, confirmed_at=timezone.now(), **fields)


def make_subscribers(number):
    return [make_subscriber(f"reader{n}@example.org") for n in range(number)]
