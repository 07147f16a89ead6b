"""What the loop refused, in the language of the page."""

from shancheng.doors.web.ask import Ask
from shancheng.doors.web.words import REFUSALS
from shancheng.loop.ledger import Refusal


def said(ask: Ask, refusal: Refusal) -> str:
    """A sentence for whoever can mend it; one of the loop's own only where there is no other."""
    known = REFUSALS.get(refusal.code)
    return ask.say(known) if known else refusal.message
