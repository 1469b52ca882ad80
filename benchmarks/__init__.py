"""Figures beside yardsticks; `make bench` runs them all."""

import logging
import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newsroom.settings")
django.setup()  # they purge pages by the newsroom's own code
logging.disable(logging.WARNING)  # of servers that come and go
