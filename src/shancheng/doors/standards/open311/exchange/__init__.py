"""Exchange with another Open311 server: what it holds comes in, what became of it goes back."""

from shancheng.doors.standards.open311.exchange.pulling import pull
from shancheng.doors.standards.open311.exchange.pushing import push
from shancheng.doors.standards.open311.exchange.wish import Account, Plain, Wish, read_codes, wish_of
from shancheng.wings.governance.desk import Desk

__all__ = ["Account", "Plain", "Wish", "of_wish", "pull", "push", "read_codes", "wish_of"]


async def of_wish(plain: Plain, desk: Desk) -> Account:
    """Pull or push, as the command line was asked to."""
    wish = wish_of(plain, desk.rules)
    return await (pull if plain.verb == "pull" else push)(wish, desk)
