"""Messages of the daily e-mail per CPU second of the sender, beside a bare smtplib loop with the same bytes.

Both talk to the same local sink in one run, taking turns; the sink is a process of its own and its CPU is not counted.
"""

import multiprocessing
import os
import smtplib
import socketserver
import subprocess
import sys
import tempfile
import time

ROUNDS = 3
SUBSCRIBERS = 10_000
MEASURED = 1_500  # messages in each turn


class Sink(socketserver.StreamRequestHandler):
    """As little of an SMTP server as a client needs."""

    def handle(self):
        self.wfile.write(b"220 sink\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                while self.rfile.readline() != b".\r\n":
                    pass
            self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
            if verb == b"QUIT":
                return


def serve(ports):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.daemon_threads = True
        ports.put(server.server_address[1])
        server.serve_forever()


def bare_loop(port, message) -> float:
    """CPU seconds a message."""
    with smtplib.SMTP("127.0.0.1", port) as connection:
        started = time.process_time()
        for number in range(MEASURED):
            connection.sendmail("news@example.org", [f"reader{number}@example.org"], message)
        return (time.process_time() - started) / MEASURED


def newsroom_loop(edition, ledger) -> float:
    """CPU seconds a message: claiming, composing, sending and writing down the next MEASURED rows."""
    first_later = edition.deliveries.planned().order_by("pk").values_list("pk", flat=True)[MEASURED]
    later = edition.deliveries.filter(pk__gte=first_later)
    later.update(status="suppressed")
    started = time.process_time()
    sent = ledger.send(edition)
    spent = time.process_time() - started
    later.update(status="planned")
    return spent / sent


def measure() -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from digest import editions, ledger, letters

    call_command("migrate", verbosity=0)
    call_command("demo", subscribers=SUBSCRIBERS, verbosity=0, stdout=open(os.devnull, "w"))  # noqa: SIM115
    started = time.monotonic()
    edition = editions.plan(timezone.localdate())
    planned = editions.plan_deliveries(edition)
    print(f"  planned {planned:,} deliveries in {time.monotonic() - started:.2f} s")
    ports = multiprocessing.get_context("spawn").Queue()
    sink = multiprocessing.get_context("spawn").Process(target=serve, args=(ports,), daemon=True)
    sink.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", ports.get(timeout=20)
    letter = letters.edition_letter(edition, letters.public_stories(edition))
    raw = letters.addressed(letter, edition.deliveries.select_related("subscriber").first()).raw
    bare, ours = [], []
    for _ in range(ROUNDS):
        bare.append(bare_loop(settings.EMAIL_PORT, raw))
        ours.append(newsroom_loop(edition, ledger))
    sink.terminate()
    best, own = min(bare), min(ours)
    print(f"  a message of {len(raw) / 1000:.0f} KB, best of {ROUNDS} rounds of {MEASURED:,}")
    print(f"  bare smtplib   {best * 1000:.2f} ms CPU a message, {1 / best:,.0f} a CPU second")
    print(
        f"  the newsroom   {own * 1000:.2f} ms CPU a message, {1 / own:,.0f} a CPU second, {best / own:.0%} of bare\n"
    )


def run() -> None:
    print("The daily e-mail, with its ledger")
    with tempfile.TemporaryDirectory(prefix="newsroom-bench-") as folder:
        env = {**os.environ, "DATA_DIR": folder, "CACHE_URL": "locmemcache://", "BROKER_URL": "memory://"}
        env["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
        subprocess.run([sys.executable, "-m", "benchmarks.digest"], env=env, check=True)


if __name__ == "__main__":
    measure()
