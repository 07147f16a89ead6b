"""The pages of the small city, asked in the same process as a browser without script would."""

import html
import io
import re
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
from PIL import Image
from tests.loop.world import RESIDENT, leak
from tests.wings.governance.town import AUDITOR, Town, done, given

from shancheng.doors.api.follow import Follow
from shancheng.doors.web.ask import Site
from shancheng.doors.web.door import door
from shancheng.doors.web.photos import Photos
from shancheng.doors.web.session import Secrets
from shancheng.ground.access import Actor
from shancheng.loop.act import Report
from shancheng.loop.matter import Matter
from shancheng.loop.rules import Rules
from shancheng.wings.governance.desk import Wish

BASE = "https://pages"


class Pages(Town):
    """A town with its pages open, and a browser that keeps cookies."""

    def __init__(self, rules: Rules, folder: Path) -> None:
        super().__init__(rules)
        self.accounts: dict[str, Actor] = {}
        self.wait = 0.0
        self.faults: dict[str, BaseException] = {}
        self.site = Site(
            desk=self.desk,
            follow=Follow(b"f" * 32),
            account=self.accounts.get,
            enter=self._enter,
            secrets=Secrets(b"s" * 32),
            photos=Photos(folder / "photos"),
            fault=self.faults.__setitem__,
        )
        self.app: Any = door(self.site)
        self.browser = self.new_browser()

    async def _enter(self, address: str, town: int) -> float:
        return self.wait

    def new_browser(self) -> httpx.AsyncClient:
        """Another browser, with no cookies yet."""
        return httpx.AsyncClient(transport=httpx.ASGITransport(app=self.app), base_url=BASE)

    async def get(self, path: str) -> httpx.Response:
        """A page."""
        return await self.browser.get(path)

    async def send(self, page: httpx.Response, path: str = "", files: Any = None, **fields: str) -> httpx.Response:
        """The form of a page, sent with its hidden fields and what is filled in; `path` picks one of several forms."""
        action, hidden = form_of(page.text, path)
        return await self.browser.post(action, data=hidden | fields, files=files)

    async def sign_in(self, actor: Actor) -> httpx.Response:
        """Signed in as somebody; the page that follows."""
        self.accounts[f"sc_{actor.id}"] = actor
        return await self.send(await self.get("/en/sign-in"), token=f"sc_{actor.id}")

    async def report(self, lang: str = "en", text: str = "Water runs out of the pipe", **more: str) -> httpx.Response:
        """A report in all its steps; the answer to the last one, which leads to the receipt."""
        page = await self.send(await self.get(f"/{lang}/report"), text=text, go="next")
        page = await self.send(page, place="8", exact="", go="next")
        page = await self.send(page, other="leak", go="next")
        if 'name="same"' in page.text:
            page = await self.send(page, same=more.pop("same", "none"), go="next")
        page = await self.send(page, go="next", **more)
        return await self.send(page, go="next")

    async def report_one(self, **more: Any) -> str:
        """The number of a matter that a resident opened."""
        return await self.opened(leak(**more))

    async def opened(self, act: Report) -> str:
        """The number of a matter that is opened at the desk."""
        return done(await self.desk.report(act, RESIDENT)).matter

    async def matters(self) -> list[Matter]:
        """Every matter, newest first."""
        return list(given(await self.desk.worklist(Wish(order="opened", merged=True), AUDITOR)).matters)

    async def moves(self, matter: str) -> list[Any]:
        """Every move of a matter."""
        return list(given(await self.desk.history(matter, AUDITOR)))

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.browser.aclose()
        await super().__aexit__(kind, error, trace)


def form_of(text: str, path: str = "") -> tuple[str, dict[str, str]]:
    """Where the form of a page is sent, and its hidden fields and what is chosen in it."""
    for action, body in re.findall(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', text, re.DOTALL):
        if path in action:
            hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', body)
            chosen = re.findall(r'<input type="(?:radio|checkbox)"[^>]*name="([^"]+)" value="([^"]*)" checked', body)
            return html.unescape(action), {name: html.unescape(value) for name, value in [*hidden, *chosen]}
    raise AssertionError(f"no form that goes to '{path}' in: {text[:2000]}")


def words_of(page: httpx.Response) -> str:
    """The text of a page, without its tags."""
    plain = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page.text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(plain))


def photo(side: int = 40, exif: bytes = b"") -> bytes:
    """A small JPEG, with a word beside its pixels where one is given."""
    out = io.BytesIO()
    noise = Image.effect_noise((side, side // 2), 60).convert("RGB")
    meta = Image.Exif()
    if exif:
        meta[0x010E] = exif.decode()
        meta.get_ifd(0x8825)[1] = "N"
        meta[0x0112] = 6
    noise.save(out, "JPEG", exif=meta)
    return out.getvalue()
