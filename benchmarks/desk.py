"""CPU and queries that the desk's pages cost an editor, as the newsroom grows."""

import json

from benchmarks.newsrooms import LARGE, SMALL, manage

ROUNDS = 9
PAGES = ("list", "form", "history", "dashboard", "comments", "library", "front")
# Runs inside the newsroom that is measured and prints {page: [ms of CPU, queries]}.
SCRIPT = f"""
import json, time
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from articles.models import Article, Revision
from articles.revisions import live_snapshot
editor = User.objects.get(username="editor")
story = Article.objects.published().newest()[50]
if not story.revisions.exists():
    content = live_snapshot(story)
    for n in range(300):
        Revision.objects.record(story, {{**content, "kicker": str(n)}}, editor, "saved")
desk = "/admin/articles/article/"
paths = {{
    "list": desk, "form": f"{{desk}}{{story.pk}}/change/", "history": f"{{desk}}{{story.pk}}/history/",
    "dashboard": "/admin/", "comments": "/admin/comments/comment/", "library": "/admin/articles/picture/",
    "front": "/admin/articles/front/",
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
    assert answer.status_code == 200, (path, answer.status_code)
    times = []
    for _ in range({ROUNDS}):
        start = time.process_time()
        client.get(path)
        times.append(time.process_time() - start)
    seen[page] = [min(times) * 1000, len(asked)]
print(json.dumps(seen))
"""


def run(newsrooms: dict) -> None:
    print(f"The desk as an editor, ms of CPU a page (best of {ROUNDS}) and queries; the form's story has 300 revisions")
    seen = {s: json.loads(manage(env, "shell", "-v0", "-c", SCRIPT).splitlines()[-1]) for s, env in newsrooms.items()}
    for page in PAGES:
        (few, asked), (many, asked_more) = (seen[stories][page] for stories in newsrooms)
        print(
            f"  {page:<10} {SMALL:,}: {few:6.1f} ({asked} queries)   {LARGE:,}: {many:6.1f} ({asked_more} queries)"
            f"   growth {many / few:.2f}"
        )
