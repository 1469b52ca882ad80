"""CPU, queries and memory that the desk's pages cost an editor, as the newsroom grows."""

import json

from benchmarks.newsrooms import LARGE, SMALL, manage

ROUNDS = 9
MOST = 1.5  # times the small newsroom's CPU that a page of the large one may cost
MANY_REVISIONS, FEW_REVISIONS = 300, 3
# Runs inside the newsroom that is measured and prints {page: [ms of CPU, queries]} and the process's memory.
SCRIPT = f"""
import json, resource, time
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from articles.models import Article, Picture, Revision
from articles.revisions import live_snapshot
editor = User.objects.get(username="editor")
stories = Article.objects.published().filter(slug__startswith="volume").newest()[50:52]
for story, revisions in zip(stories, ({MANY_REVISIONS}, {FEW_REVISIONS})):
    content = live_snapshot(story)
    for n in range(revisions - story.revisions.count()):
        Revision.objects.record(story, {{**content, "kicker": str(n)}}, editor, "saved")
desk = "/admin/articles/article/"
paths = {{
    "list": desk, "list searched": desk + "?q=river", "list of drafts": desk + "?state=draft",
    "form": f"{{desk}}{{stories[0].pk}}/change/", "form, few": f"{{desk}}{{stories[1].pk}}/change/",
    "history": f"{{desk}}{{stories[0].pk}}/history/", "trash": desk + "?trash=yes", "log": "/admin/log/",
    "dashboard": "/admin/", "comments": "/admin/comments/comment/", "library": "/admin/articles/picture/",
    "library unused": "/admin/articles/picture/?use=no",
    "picture": f"/admin/articles/picture/{{Picture.objects.last().pk}}/change/",
    "choose picture": "/admin/articles/picture/choose/", "front": "/admin/articles/front/",
    "desk search": "/admin/search/?s=river",
}}
asked = []
def count(execute, sql, params, many, context):
    asked.append(sql)
    return execute(sql, params, many, context)
client = Client(headers={{"host": "127.0.0.1"}})
client.force_login(editor)
seen = {{}}
for page, path in paths.items():
    client.get(path)
    asked.clear()
    with connection.execute_wrapper(count):
        answer = client.get(path)
    if answer.status_code == 404:
        continue
    assert answer.status_code == 200, (path, answer.status_code)
    times = []
    for _ in range({ROUNDS}):
        start = time.process_time()
        client.get(path)
        times.append(time.process_time() - start)
    seen[page] = [min(times) * 1000, len(asked)]
print(json.dumps([seen, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def run(newsrooms: dict) -> None:
    print(f"The desk as an editor, ms of CPU a page (best of {ROUNDS}) and queries; growth is to stay within {MOST}")
    said = {s: json.loads(manage(env, "shell", "-v0", "-c", SCRIPT).splitlines()[-1]) for s, env in newsrooms.items()}
    small, large = (said[stories][0] for stories in newsrooms)
    for page in small:
        (few, asked), (many, asked_more) = small[page], large[page]
        print(
            f"  {page:<14} {SMALL:,}: {few:6.1f} ({asked} queries)   {LARGE:,}: {many:6.1f} ({asked_more} queries)"
            f"   growth {many / few:.2f}{_note(many / few)}"
        )
    opening = large["form"][0] / large["form, few"][0]
    print(f"  a story of {MANY_REVISIONS} revisions beside one of {FEW_REVISIONS}: {opening:.2f}{_note(opening)}")
    memory = [said[stories][1] for stories in newsrooms]
    print(f"  peak memory of the process: {memory[0]:.0f} and {memory[1]:.0f} MB")


def _note(growth: float) -> str:
    return "" if growth <= MOST else "   TOO MUCH"
