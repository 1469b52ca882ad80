"""Work for the worker."""

from captcha.models import CaptchaStore
from celery import shared_task


@shared_task
def forget_expired_questions():
    """Each math question that was shown is a row; those past their time go. Running twice does nothing more."""
    CaptchaStore.remove_expired()
