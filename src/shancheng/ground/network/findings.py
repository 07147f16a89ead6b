"""What was found on the way that does not stop the work: a sentence, a count and a place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One kind of oddity in the data, how often it occurs and where it was first seen."""

    key: str
    """Its name for machines, such as `nodes-missing`."""
    count: int
    sentence: str
    lon: float | None = None
    lat: float | None = None
    """Degrees WGS-84 of the first one; None where the data give no place."""

    def __str__(self) -> str:
        where = "" if self.lon is None or self.lat is None else f" First seen at {self.lat:.5f}, {self.lon:.5f}."
        return f"{self.sentence}{where}"
