"""What a search costs and how many a second there are: words of the stories, common and rare, two, three, phrases,
misspelt, narrowed and sorted, by four connections. None is asked twice (each leaves out another word that no story
has), so that the page cache answers none: only parts of pages are kept, in two processes beside a Valkey server."""

import itertools
import json
import os
import random
import re
import threading
import time
from urllib.parse import urlencode

from benchmarks.newsrooms import manage
from benchmarks.pages import Server
from tests.servers import valkey

READERS = 4  # at once
SECONDS = 10
ASKED = 400  # different questions
LEARN = "from articles.search import spelling; spelling.learn_new(600)"
TEXTS = (
    "import random, json; from articles.models import Article; "
    "keys = list(Article.objects.published().order_by().values_list('pk', flat=True)); "
    f"keys = random.Random(3).sample(keys, {ASKED}) if len(keys) > {ASKED} else keys; "
    "print(json.dumps([a.search_text for a in Article.objects.filter(pk__in=keys)]))"
)


def questions(texts: list[str]) -> list[str]:
    rng, asked = random.Random(5), []
    for text in texts:
        words = re.findall(r"[a-z]{4,}", text.lower())
        at = rng.randrange(len(words) - 1)
        word = rng.choice([word for word in words if len(word) > 5])
        asked.append(
            rng.choice(
                [
                    {"q": words[at]},
                    {"q": f"{words[at]} {rng.choice(words)}"},
                    {"q": " ".join(rng.sample(words, 3))},
                    {"q": f'"{words[at]} {words[at + 1]}"'},
                    {"q": word[:3] + word[4:]},  # a letter short
                    {"q": words[at], "sort": "newest"},
                    {"q": words[at], "kind": "opinion", "since": "2024-01-01"},
                    {"q": str(rng.randrange(1, 5000))},  # of one headline
                ]
            )
        )
    return [f"/search/?{urlencode(question)}" for question in asked]


def ask(server: Server, paths: list[str], seconds: float) -> list[float]:
    """Milliseconds of each answer, by as many readers as there are."""
    until, took, numbers = time.monotonic() + seconds, [], itertools.count(time.monotonic_ns())

    def reader(seed):
        rng = random.Random(seed)
        while time.monotonic() < until:
            started = time.monotonic()
            server.get(rng.choice(paths).replace("q=", f"q=-zq{next(numbers)}+", 1))
            took.append((time.monotonic() - started) * 1000)

    threads = [threading.Thread(target=reader, args=[seed]) for seed in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took)


def run(newsrooms: dict) -> None:
    """Print the table for the newsrooms of benchmarks/newsrooms.py."""
    print(f"Search, {READERS} connections, two processes, no question twice")
    costs = []
    with valkey() as address:
        for stories, env in newsrooms.items():
            manage(env, "shell", "--verbosity", "0", "-c", LEARN)
            paths = questions(json.loads(manage(env, "shell", "--verbosity", "0", "-c", TEXTS)))
            server = Server("newsroom.wsgi:application", {**env, "CACHE_URL": f"{address}/1"}, os.getcwd(), workers=2)
            try:
                server.wait()
                ask(server, paths, SECONDS / 2)
                before = server.cpu()
                took = ask(server, paths, SECONDS)
                costs.append((server.cpu() - before) * 1000 / len(took))
            finally:
                server.stop()
            at = {part: took[len(took) * part // 100] for part in (50, 95, 99)}
            print(
                f"  {stories:>7,} stories: {len(took) / SECONDS:5.0f} requests/s, CPU {costs[-1]:5.1f} ms, "
                + ", ".join(f"p{part} {value:.0f} ms" for part, value in at.items())
            )
    print(f"  growth of the CPU: {costs[-1] / costs[0]:.2f}")
