"""Custody: which centre holds the matter. An offer is answered, or taken back by who made it - never by a clock."""

from msgspec.structs import replace

from shancheng.loop.act import Decline, Lower, Offer, Raise, Take, Withdraw
from shancheng.loop.decide.case import Case, Change, refuse
from shancheng.loop.matter import OPEN, Custody
from shancheng.loop.move import Then


def offer(case: Case, act: Offer) -> list[Change]:
    """The holder offers the matter to any other centre."""
    return _offered(case, act.to, "offer")


def raise_(case: Case, act: Raise) -> list[Change]:
    """The holder offers the matter to the centre above."""
    places = case.rules.places
    above = places.parent_of(case.matter.custody.holder)
    if above is None:
        refuse("no-centre-above", f"Matter {case.id} is held by the highest centre; there is none above.")
    return _offered(case, above, "raise")


def lower(case: Case, act: Lower) -> list[Change]:
    """The holder offers the matter to a centre below."""
    holder, places = case.matter.custody.holder, case.rules.places
    if act.to not in places or holder not in places.chain(act.to)[:-1]:
        refuse("not-below", f"Centre {act.to} is not below the holder {holder}; use offer to hand it elsewhere.", "to")
    return _offered(case, act.to, "lower")


def _offered(case: Case, to: int, by: str) -> list[Change]:
    case.need_stage(*OPEN)
    case.need_holder()
    territory, places = case.rules.territory, case.rules.places
    if to not in places or places.node(to).level not in territory.city.centre_levels:
        refuse("unknown-name", f"Place {to} has no centre; centres are at levels {territory.city.centre_levels}.", "to")
    custody = case.matter.custody
    if to == custody.holder:
        refuse("nothing-changes", f"Centre {to} holds matter {case.id} already.", "to")
    return case.only(Then(custody=replace(custody, offered_to=to, by=by)))


def take(case: Case, act: Take) -> list[Change]:
    """The centre it was offered to becomes the holder, in the next epoch."""
    custody = _offer_to_me(case)
    return case.only(Then(custody=Custody(holder=custody.offered_to, epoch=custody.epoch + 1)))


def decline(case: Case, act: Decline) -> list[Change]:
    """The centre it was offered to leaves it with its holder; the refused offer can no longer be taken."""
    custody = _offer_to_me(case)
    return case.only(Then(custody=Custody(holder=custody.holder, epoch=custody.epoch + 2)))


def _offer_to_me(case: Case) -> Custody:
    custody = case.matter.custody
    if not custody.offered_to:
        refuse("not-offered", f"Matter {case.id} has not been offered to any centre.")
    if not case.role.any_centre and case.command.by.centre != custody.offered_to:
        refuse("not-offered", f"Matter {case.id} has been offered to centre {custody.offered_to}, not to yours.")
    return custody


def withdraw(case: Case, act: Withdraw) -> list[Change]:
    """The holder takes its unanswered offer back."""
    case.need_holder()
    custody = case.matter.custody
    if not custody.offered_to:
        refuse("not-offered", f"Matter {case.id} has no offer open.")
    return case.only(Then(custody=Custody(holder=custody.holder, epoch=custody.epoch + 2)))
