"""Built files, read once: each is named by its hash, so a browser may keep it for ever."""

import gzip
import json
import logging
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

FOLDER = Path(__file__).parent / "static"
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain",
}
FOR_EVER = "public, max-age=31536000, immutable"
LOG = logging.getLogger("shancheng.web")


@dataclass(frozen=True)
class Assets:
    """Names by source, and files by name with their gzipped form."""

    names: dict[str, str] = field(default_factory=dict)
    files: dict[str, tuple[bytes, bytes, str]] = field(default_factory=dict)

    def path(self, source: str) -> str:
        """Where a source is found; empty where it was not built."""
        name = self.names.get(source)
        return f"/static/{name}" if name else ""


@cache
def assets() -> Assets:
    """What was built; nothing, with a word in the log, where the wheel was made without it."""
    try:
        names = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        LOG.warning("The pages' styles are not built, so pages come without them: run `pip install -e .` once more.")
        return Assets()
    files = {}
    for name in names.values():
        content = (FOLDER / name).read_bytes()
        files[name] = (content, gzip.compress(content, 9, mtime=0), TYPES[Path(name).suffix])
    return Assets(names, files)


async def asset(request: Request) -> Response:
    """GET /static/{name}"""
    found = assets().files.get(request.path_params["name"])
    if found is None:
        return Response("There is no such file.", 404, media_type="text/plain")
    plain, packed, type_ = found
    headers = {"cache-control": FOR_EVER, "x-content-type-options": "nosniff", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, headers=headers | {"content-encoding": "gzip"}, media_type=type_)
    return Response(plain, headers=headers, media_type=type_)
