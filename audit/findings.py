from dataclasses import dataclass, field

SHOWN = 12  # faults of one line


@dataclass
class Finding:
    """A line of the table: which tool, how much it looked at, and what it finds fault with."""

    tool: str
    looked_at: str
    faults: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def passed(self):
        return not self.faults

    def __str__(self):
        more = [f"… and {len(self.faults) - SHOWN} more"] if len(self.faults) > SHOWN else []
        lines = [
            f"  {'ok    ' if self.passed else 'FAILED'}  {self.tool:<24} {self.looked_at:<28} {self.note}".rstrip()
        ]
        return "\n".join([*lines, *(f"            {fault}" for fault in (*self.faults[:SHOWN], *more))])
