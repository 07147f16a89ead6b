"""What a drill says of itself; pytest shows it where the drill fails, or with `-s`."""

import sys


def tell(text: str) -> None:
    """One line."""
    sys.stdout.write(f"\n{text}")
    sys.stdout.flush()
