"""Daily counts of a real hotline forecast 1 to 14 days ahead, beside the seasonal naive forecast of the same days.

Every day of 2013 forecasts the fortnight after it, from what was known then; settings were looked at on 2012 alone.
"""

import datetime as dt
import os
from pathlib import Path

from tests.methods.series import chicago

from bench.claim import Claim

COMMAND = "python -m bench.series_forecast"
DATA = Path(os.environ.get("SHANCHENG_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


def claims() -> list[Claim]:
    """The mean absolute error beside the last week repeated (a ratio of MASE), and how often the limits held."""
    counts = chicago.daily_counts(DATA)
    begin = (dt.date(2013, 1, 1) - chicago.FIRST).days
    found = chicago.score(counts, begin, len(counts))
    gain = 1 - found.error / found.naive
    return [
        Claim(
            name="Daily counts of Chicago's sanitation requests in 2013, 1 to 14 days ahead: MASE",
            peer="seasonal naive, the last known week",
            ratio=found.naive / found.error,
            target=1 / 0.85,
            ours=f"error {found.error:.2f} a day, {gain:.0%} less",
            theirs=f"error {found.naive:.2f} a day",
            command=COMMAND,
        ),
        Claim(
            name="Coverage of the 90 % interval on the same days, as distance from 90 %",
            peer="a limit of 5 points",
            ratio=0.05 / max(abs(found.covered - 0.9), 1e-9),
            target=1,
            ours=f"{found.covered:.1%}",
            theirs="85 to 95 %",
            command=COMMAND,
        ),
    ]


if __name__ == "__main__":
    for claim in claims():
        print(claim)
