"""What makes the field worker's pages an app: manifest, service worker, the shell it keeps, the pages it carries."""

import hashlib
import json

from starlette.responses import JSONResponse, Response

from shancheng.doors.web.ask import Ask, Faults
from shancheng.doors.web.assets import assets
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.grid import Row, list_parts, matter_parts, report_parts
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import FRESH, PRIVATE, finished, page, render

CARRIED_MAX = 30
"""Matters that a phone takes along: those whose turn it is."""
KEPT = ("pages.css", "grid.css", "outbox.ts", "grid.svg")
"""Built files that the shell needs."""
COLOUR, GROUND = "#0b5f4d", "#f4f6f4"


async def shell(ask: Ask) -> Response:
    """GET /grid/shell: the frame without anything in it, kept by the service worker for when there is no network."""
    return page(ask, "grid/shell.html", account="")


async def manifest(ask: Ask) -> Response:
    """GET /grid/manifest.json: what a phone needs to install the pages as an app."""
    city = ask.tongue.named(ask.rules.packs.city.name)
    shapes = {"grid.svg": "any", "grid-maskable.svg": "maskable"}
    icons = [
        {"src": assets().path(name), "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
        for name, purpose in shapes.items()
        if assets().path(name)
    ]
    body = {
        "id": ask.to("/grid"),
        "name": ask.say(N_("%(city)s: field work"), city=city),
        "short_name": ask.say(N_("Field work")),
        "lang": ask.tongue.tag,
        "start_url": ask.to("/grid"),
        "scope": ask.to("/grid"),
        "display": "standalone",
        "background_color": GROUND,
        "theme_color": COLOUR,
        "icons": icons,
    }
    return finished(ask, JSONResponse(body, headers=FRESH, media_type="application/manifest+json"))


async def worker(ask: Ask) -> Response:
    """GET /grid/worker.js: the service worker, told which shell it keeps; another shell makes it another worker."""
    script = assets().files.get(assets().names.get("worker.ts", ""))
    if script is None:
        raise Turned(404, N_("There is no such page"), N_("Check the address, or begin at the start page."))
    files = [path for path in map(assets().path, KEPT) if path]
    frame = render(ask, "grid/shell.html", account="")
    told = {
        "home": ask.to("/grid"),
        "page": ask.to("/grid/shell"),
        "files": files,
        "version": hashlib.sha256("\n".join((frame, *files)).encode()).hexdigest()[:12],
    }
    content = f"self.SHELL={json.dumps(told)};\n".encode() + script[0]
    headers = FRESH | {"service-worker-allowed": ask.to("/grid")}
    return finished(ask, Response(content, headers=headers, media_type="text/javascript"))


async def carried(ask: Ask) -> Response:
    """GET /grid/carried: the list, the form for a report, and one's own matters, for reading and acting offline."""
    parts = await list_parts(ask)
    pages = {
        ask.to("/grid"): render(ask, "grid/list-part.html", **parts),
        ask.to("/grid/report"): render(ask, "grid/report-part.html", **report_parts(ask, Faults())),
    }
    for row in parts["mine"][:CARRIED_MAX]:
        pages |= await _matter(ask, row)
    return finished(ask, JSONResponse({"account": ask.actor.id, "pages": pages}, headers=PRIVATE))


async def _matter(ask: Ask, row: Row) -> dict[str, str]:
    try:
        parts = await matter_parts(ask, row.matter.id, Faults())
    except Turned:
        return {}
    return {ask.to(f"/grid/matters/{row.matter.id}"): render(ask, "grid/matter-part.html", **parts)}
