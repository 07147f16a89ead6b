"""Acts: what somebody asks the loop to do, one record per verb."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Key = Annotated[str, Meta(max_length=120)]
Line = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=8000)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Minutes = Annotated[int, Meta(gt=0, le=5_256_000)]
Seconds = Annotated[int, Meta(ge=-(2**40), le=2**40)]
PlaceId = Annotated[int, Meta(ge=0, le=2**53)]
Point = tuple[Annotated[float, Meta(ge=-180.0, le=180.0)], Annotated[float, Meta(ge=-90.0, le=90.0)]]
"""Longitude and latitude in degrees, WGS-84."""
ClockName = Literal["answer", "sign", "attend", "finish", "verify", "reply"]


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """A proof that an act carries: a photo, a visit, a call, an agreement."""

    kind: Key
    ref: Line = ""
    text: Line = ""


Evidences = Annotated[tuple[Evidence, ...], Meta(max_length=20)]
Keys = Annotated[tuple[Key, ...], Meta(max_length=20)]


class Act(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field="verb",
    gc=False,
):
    """What every act has in common: it is a record with a verb."""


class Report(Act, frozen=True, kw_only=True, tag="report"):
    """Somebody says that something is to be settled at a place."""

    kind: Key
    category: Key = ""
    severity: Annotated[int, Meta(ge=0, le=4)] = 0
    text: Text
    place: PlaceId
    point: Point | None = None
    located: Literal["point", "address", "picked", "sensor"] = "picked"
    origin: Literal["resident", "patrol", "sensor", "agency", "import"] = "resident"
    reporter: Key = ""
    """Pseudonym of the reporter; empty for none."""
    confidential: bool = False
    drill: bool = False


class Accept(Act, frozen=True, kw_only=True, tag="accept"):
    """The holder takes the matter on, and with it the promises made to its reporter."""

    category: Key = ""
    severity: Annotated[int, Meta(ge=0, le=4)] = 0
    reply: Text = ""


class Refuse(Act, frozen=True, kw_only=True, tag="refuse"):
    """The holder does not take the matter on, and says where to go instead."""

    reason: Key
    elsewhere: Line
    reply: Text = ""


class Assign(Act, frozen=True, kw_only=True, tag="assign"):
    """One lead and any supports are offered the matter; with no lead named, the duty list names it."""

    lead: Key = ""
    supports: Keys = ()
    own_decision: bool = False
    """The holder decides in its own name, against the agencies' returns: such a leg cannot be returned."""
    text: Line = ""


class Sign(Act, frozen=True, kw_only=True, tag="sign"):
    """An agency takes up its leg."""

    agency: Key = ""


class Return(Act, frozen=True, kw_only=True, tag="return"):
    """An agency gives its leg back, with a reason and the duty-list line it points to."""

    agency: Key = ""
    reason: Key
    duty: Key = ""
    text: Line = ""


class Attend(Act, frozen=True, kw_only=True, tag="attend"):
    """Somebody of the agency is at the place."""

    agency: Key = ""
    text: Line = ""


class Finish(Act, frozen=True, kw_only=True, tag="finish"):
    """An agency says that its leg is done, with outcome and evidence."""

    agency: Key = ""
    outcome: Key
    text: Text = ""
    evidence: Evidences = ()


class Waive(Act, frozen=True, kw_only=True, tag="waive"):
    """The holder lets a supporting leg go."""

    agency: Key
    reason: Line


class Verify(Act, frozen=True, kw_only=True, tag="verify"):
    """Somebody other than the handler checks the work."""

    passed: bool
    text: Text = ""
    evidence: Evidences = ()


class Close(Act, frozen=True, kw_only=True, tag="close"):
    """The holder closes the matter and answers every reporter."""

    outcome: Key
    reply: Text
    evidence: Evidences = ()


class Rate(Act, frozen=True, kw_only=True, tag="rate"):
    """A reporter says whether it was contacted, helped and satisfied."""

    reporter: Key = ""
    contacted: bool | None = None
    resolved: bool | None = None
    satisfied: bool | None = None
    text: Text = ""


class Reopen(Act, frozen=True, kw_only=True, tag="reopen"):
    """A reporter or the centre says that a closed matter is not settled."""

    reporter: Key = ""
    reason: Key
    text: Line = ""


class Ask(Act, frozen=True, kw_only=True, tag="ask"):
    """An agency asks the holder to pause a clock or to extend it."""

    agency: Key = ""
    what: Literal["pause", "extend"]
    clock: ClockName = "finish"
    reason: Key
    minutes: Annotated[int, Meta(ge=0, le=5_256_000)] = 0
    text: Line = ""


class Deny(Act, frozen=True, kw_only=True, tag="deny"):
    """The holder does not grant what an agency asked for."""

    what: Literal["pause", "extend"]
    clock: ClockName = "finish"
    text: Line = ""


class Pause(Act, frozen=True, kw_only=True, tag="pause"):
    """A clock stands still until a day, for a reason, granted by another than who asked."""

    clock: ClockName = "finish"
    reason: Key
    until: Seconds
    """Instant at which the clock runs again by itself."""
    text: Line = ""


class Resume(Act, frozen=True, kw_only=True, tag="resume"):
    """A paused clock runs again."""

    clock: ClockName = "finish"


class Extend(Act, frozen=True, kw_only=True, tag="extend"):
    """A clock is given more time, for a reason, granted by another than who asked."""

    clock: ClockName = "finish"
    minutes: Minutes
    """Working minutes of the clock's calendar."""
    reason: Key
    text: Line = ""


class Raise(Act, frozen=True, kw_only=True, tag="raise"):
    """The holder offers the matter to the centre above (提级)."""

    why: Line


class Lower(Act, frozen=True, kw_only=True, tag="lower"):
    """The holder offers the matter to a centre below (下放)."""

    to: PlaceId
    why: Line


class Offer(Act, frozen=True, kw_only=True, tag="offer"):
    """The holder offers the matter to another centre and may not write it until the answer."""

    to: PlaceId
    why: Line


class Take(Act, frozen=True, kw_only=True, tag="take"):
    """The centre that was offered the matter becomes its holder."""


class Decline(Act, frozen=True, kw_only=True, tag="decline"):
    """The centre that was offered the matter leaves it with its holder."""

    why: Line


class Withdraw(Act, frozen=True, kw_only=True, tag="withdraw"):
    """The holder takes back its own unanswered offer."""

    why: Line


class Supervise(Act, frozen=True, kw_only=True, tag="supervise"):
    """A supervisor puts the matter under watch (督办) and wants a report by a time."""

    why: Line
    report_by: Seconds = 0


class Consult(Act, frozen=True, kw_only=True, tag="consult"):
    """A joint consultation (会商): which agencies, and what was decided."""

    agencies: Keys
    decision: Text


class Merge(Act, frozen=True, kw_only=True, tag="merge"):
    """The matter is the same as another and is carried on there."""

    into: Key
    score: Share = 1.0
    evidence: Line = ""


class Unmerge(Act, frozen=True, kw_only=True, tag="unmerge"):
    """The matter was not the same after all and stands on its own again."""

    why: Line


class Part(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One part that a matter is split into."""

    id: Key
    category: Key
    text: Text
    place: PlaceId = 0
    """0 means the place of the matter."""


class Split(Act, frozen=True, kw_only=True, tag="split"):
    """The matter becomes several children and waits for them."""

    parts: Annotated[tuple[Part, ...], Meta(min_length=2, max_length=10)]


class Note(Act, frozen=True, kw_only=True, tag="note"):
    """Something worth keeping, which changes nothing."""

    text: Text
    public: bool = False
    evidence: Evidences = ()


class Grade(Act, frozen=True, kw_only=True, tag="grade"):
    """The holder corrects category or severity; promises already made are never made later by it."""

    category: Key = ""
    severity: Annotated[int, Meta(ge=0, le=4)] = 0
    reason: Line


class Escalate(Act, frozen=True, kw_only=True, tag="escalate"):
    """A clock has reached a rung of the ladder, or a pause has run out."""

    clock: Key


class Unseal(Act, frozen=True, kw_only=True, tag="unseal"):
    """Somebody looked at a sealed field, for a purpose."""

    reporter: Key
    purpose: Line


class Redact(Act, frozen=True, kw_only=True, tag="redact"):
    """A reporter's personal data are destroyed with the key that opens them."""

    reporter: Key
    reason: Line


AnyAct = (
    Report | Accept | Refuse | Assign | Sign | Return | Attend | Finish | Waive | Verify | Close | Rate | Reopen
    | Ask | Deny | Pause | Resume | Extend | Raise | Lower | Offer | Take | Decline | Withdraw
    | Supervise | Consult | Merge | Unmerge | Split | Note | Grade | Escalate | Unseal | Redact
)  # fmt: skip
VERBS: dict[str, type[Act]] = {str(act.__struct_config__.tag): act for act in AnyAct.__args__}
"""Every verb of the loop and its act."""
