from django.db import models


class Promise(models.Model):
    """What a transaction has to have done once it is committed (a transactional outbox, kept by commits.py)."""

    deed = models.CharField(max_length=100)
    things = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()

    def __str__(self):
        return f"{self.deed}: {self.things}"
