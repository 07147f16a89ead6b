"""Every page: method, path under its language, who it is for, and what makes it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from starlette.responses import Response

from shancheng.doors.web import board, figures, follow, matter, report, signing, start, worklist
from shancheng.doors.web.ask import Ask

Permission = Literal["anybody", "code", "account"]
PERMISSIONS: dict[str, str] = {
    "anybody": "No account is needed.",
    "code": "Whoever has the code of a report; the code is in the path.",
    "account": "Whoever has signed in; what the role may do and see is decided by the loop.",
}


@dataclass(frozen=True)
class Page:
    """One method of one path."""

    method: str
    path: str
    permission: Permission
    handler: Callable[[Ask], Awaitable[Response]]


PAGES: tuple[Page, ...] = (
    Page("GET", "/", "anybody", start.start),
    Page("GET", "/now", "anybody", start.now),
    Page("GET", "/about", "anybody", start.about),
    Page("GET", "/report", "anybody", report.begin),
    Page("POST", "/report", "anybody", report.step),
    Page("GET", "/follow", "anybody", follow.enter),
    Page("POST", "/follow", "anybody", follow.find),
    Page("GET", "/follow/{token}", "code", follow.follow),
    Page("GET", "/follow/{token}/photos/{photo}", "code", follow.photo),
    Page("POST", "/follow/{token}/{matter}/{verb}", "code", follow.act),
    Page("GET", "/figures", "anybody", figures.city),
    Page("GET", "/figures/{place:int}", "anybody", figures.place),
    Page("GET", "/figures/{place:int}/{file}", "anybody", figures.download),
    Page("GET", "/sign-in", "anybody", signing.form),
    Page("POST", "/sign-in", "anybody", signing.sign_in),
    Page("POST", "/sign-out", "anybody", signing.sign_out),
    Page("GET", "/desk", "account", board.home),
    Page("GET", "/desk/board/{place:int}", "account", board.board),
    Page("GET", "/desk/board/{place:int}/part", "account", board.part),
    Page("GET", "/desk/list", "account", worklist.worklist),
    Page("GET", "/desk/matters/{matter}", "account", matter.matter),
    Page("GET", "/desk/matters/{matter}/photos/{photo}", "account", matter.photo),
    Page("POST", "/desk/matters/{matter}/{verb}", "account", matter.act),
)
