"""A bar on a terminal, a line for each tenth elsewhere."""

import time

WIDTH = 30


class Bar:
    """Counts rows as they are written: `bar.add(500)`; says rows and rows per second."""

    def __init__(self, out, what: str, total: int):
        self.out, self.what, self.total = out, what, total
        self.done, self.tenth, self.start = 0, 0, time.monotonic()

    def add(self, number: int) -> None:
        self.done += number
        if self.out.isatty():
            self.out.write(f"\r{self._line()}", ending="\n" if self.done >= self.total else "")
        elif self.done * 10 // self.total > self.tenth:
            self.tenth = self.done * 10 // self.total
            self.out.write(self._line())
        self.out.flush()

    def _line(self) -> str:
        full = WIDTH * self.done // self.total
        rate = self.done / max(time.monotonic() - self.start, 0.001)
        return f"  {self.what:<12} [{'#' * full:<{WIDTH}}] {self.done:,}/{self.total:,}  {rate:,.0f}/s"
