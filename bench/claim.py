"""What one benchmark found: ours beside a peer's in one run, and the ratio that was aimed at."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Claim:
    """One comparison; `ratio` is how many times better ours is, `target` what it should at least be."""

    name: str
    peer: str
    ratio: float
    target: float
    ours: str
    theirs: str
    command: str

    def __str__(self) -> str:
        verdict = "reached" if self.ratio >= self.target else "missed"
        return (
            f"{self.name}\n  ours    {self.ours}\n  peer    {self.theirs} ({self.peer})\n"
            f"  ratio   {self.ratio:.1f} (target {self.target:g}, {verdict})"
        )
