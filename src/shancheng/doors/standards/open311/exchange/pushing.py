"""Push: what became of matters that another server knows goes back to it, and new ones are opened there."""

from msgspec.structs import replace

from shancheng.doors.standards.open311.catalogue import Catalogue
from shancheng.doors.standards.open311.errors import Declined, Unusable
from shancheng.doors.standards.open311.exchange.book import Book, Link
from shancheng.doors.standards.open311.exchange.pulling import ROLE, actor_of
from shancheng.doors.standards.open311.exchange.remote import Fetch, Remote, over_the_network, remote_of
from shancheng.doors.standards.open311.exchange.wish import Account, Wish
from shancheng.doors.standards.open311.showing import Row, View
from shancheng.doors.standards.open311.whereabouts import address_of
from shancheng.ground.access import Actor
from shancheng.loop.ledger import Refusal
from shancheng.loop.matter import Matter
from shancheng.loop.move import Move
from shancheng.wings.governance.desk import Desk
from shancheng.wings.governance.desk import Wish as Filter

WATCHER = Actor("open311", ROLE)
FOREVER = 2**40
AT_ONCE, MATTERS_MAX = 200, 20_000


async def push(wish: Wish, desk: Desk, fetch: Fetch = over_the_network) -> Account:
    """Tell another server what is new here since the last push; doing it again changes nothing."""
    if not wish.key:
        raise Unusable("Sending needs an api_key of the other server; give it with --key-file.")
    remote = await remote_of(wish.url, wish.form, wish.key, wish.jurisdiction, fetch)
    book = Book.read(wish.book)
    run = _Push(wish, desk, remote, book)
    try:
        await run.tokens()
        await run.openings()
        await run.updates()
    finally:
        book.write(wish.book)
    return run.account


class _Push:
    """One run."""

    def __init__(self, wish: Wish, desk: Desk, remote: Remote, book: Book) -> None:
        self._wish, self._desk, self._remote, self._book = wish, desk, remote, book
        self._own = actor_of(wish.name).id
        language = (desk.rules.packs.city.languages or ("en",))[0].partition("-")[0]
        self._language = language if language in ("zh", "en") else "en"
        catalogue = Catalogue(desk, self._language)
        self._view = View(desk.rules, catalogue, self._language, desk.now(), None)
        self._theirs = {ours: theirs for theirs, ours in wish.codes.items()}
        self.account = Account()

    async def tokens(self) -> None:
        """Ask again for the numbers of what was opened there and had none yet."""
        for matter, token in list(self._book.waiting.items()):
            number = await self._remote.number_of(token)
            if number:
                self._book.links[number] = Link(matter=matter)
                del self._book.waiting[matter]

    async def openings(self) -> None:
        """Open there what is open here in the categories that were named; nothing confidential, no drills."""
        if not self._wish.services:
            return
        linked = self._book.matters | self._book.waiting.keys()
        for matter in await self._open_here():
            if matter.id in linked or matter.marks.confidential or matter.marks.merged_into:
                continue
            try:
                await self._open(matter)
            except Declined as declined:
                self._stop_where_pointless(declined)
                self.account.refuse(str(declined))

    async def _open_here(self) -> list[Matter]:
        wish = Filter(categories=self._wish.services, open_only=True, order="opened", limit=AT_ONCE)
        found: list[Matter] = []
        after = ""
        while len(found) < MATTERS_MAX:
            page = await self._desk.worklist(replace(wish, after=after), WATCHER)
            if isinstance(page, Refusal):
                raise Unusable(page.message)
            found += page.matters
            after = page.next
            if not after:
                break
        return found

    async def _open(self, matter: Matter) -> None:
        code = matter.about.category
        fields = {"service_code": self._theirs.get(code, code), "description": matter.opening.text}
        if matter.opening.point:
            fields |= {"long": str(matter.opening.point[0]), "lat": str(matter.opening.point[1])}
        else:
            fields["address_string"] = address_of(self._desk.rules, matter.about.place, self._language)
        receipt = await self._remote.post("requests", fields, f"{self._wish.name}/{matter.id}")
        number, token = receipt.get("service_request_id", ""), receipt.get("token", "")
        if number:
            self._book.links[number] = Link(matter=matter.id, sent=1)
        elif token:
            self._book.waiting[matter.id] = token
        self.account.opened += 1

    async def updates(self) -> None:
        """Send what became of every linked matter since it was last sent."""
        for number, link in self._book.links.items():
            matter = await self._desk.matter(link.matter, WATCHER)
            if isinstance(matter, Refusal) or matter.marks.confidential or matter.seq <= link.sent:
                self.account.known += 1
                continue
            try:
                await self._tell(number, link)
            except Declined as declined:
                self._stop_where_pointless(declined)
                self.account.refuse(str(declined))

    async def _tell(self, number: str, link: Link) -> None:
        """Everything that is told of a matter, in order; what came from the other server is not told back."""
        moves = await self._desk.history(link.matter, WATCHER)
        if isinstance(moves, Refusal):
            return
        by_seq: dict[int, Move] = {move.seq: move for move in moves}
        for _, seq, update in self._view.updates(moves, -FOREVER, FOREVER):
            move = by_seq[seq]
            if move.matter_seq > link.sent and move.actor != self._own:
                await self._send(number, update, f"{link.matter}-{move.matter_seq}")
                link.sent = move.matter_seq
                self.account.updates += 1
        link.sent = moves[-1].matter_seq

    async def _send(self, number: str, update: Row, key: str) -> None:
        fields = {
            "service_request_id": number,
            "update_id": key,
            "updated_datetime": str(update["updated_datetime"]),
            "status": str(update["status"]).upper(),
            "description": str(update["description"]),
        }
        await self._remote.post("servicerequestupdates", fields, key)

    def _stop_where_pointless(self, declined: Declined) -> None:
        """A key that is not good, or a server in trouble: nothing else would fare better."""
        if declined.status in (401, 403, 429) or declined.status >= 500:
            raise declined
