from django.db import models


class Word(models.Model):
    """A word that readers have met in stories, as articles/search/spelling.py learned it."""

    word = models.CharField(max_length=24, unique=True)
    stories = models.PositiveIntegerField(default=0)  # about how many it stands in

    def __str__(self):
        return self.word


class Misspelling(models.Model):
    """What may be left of a word that is misspelt: the way back to it."""

    letters = models.CharField(max_length=24, db_index=True)
    word = models.ForeignKey(Word, models.CASCADE, related_name="misspellings")

    def __str__(self):
        return self.letters
