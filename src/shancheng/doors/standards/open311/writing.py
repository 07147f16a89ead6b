"""Answers as bytes: plain rows and records in JSON, or in XML under the standard's names."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from lxml import etree

Form = Literal["json", "xml"]
TYPES: Mapping[Form, str] = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
ROWS = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "errors": "error",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
}
"""What one element of a list is called in XML, by the name of the list."""
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold, whatever people write."""


def written(root: str, content: Any, form: Form) -> bytes:
    """A list or record under its root; in JSON the root is left out, as the standard has it."""
    return _WRITERS[form](root, content)


def _json(root: str, content: Any) -> bytes:
    return msgspec.json.encode(content)


def _xml(root: str, content: Any) -> bytes:
    found: bytes = etree.tostring(_element(root, content), xml_declaration=True, encoding="utf-8")
    return found


_WRITERS: Mapping[str, Callable[[str, Any], bytes]] = {"json": _json, "xml": _xml}


def _element(name: str, content: Any) -> Any:
    element = etree.Element(name)
    if isinstance(content, Mapping):
        element.extend([_element(key, value) for key, value in content.items()])
    elif isinstance(content, Sequence) and not isinstance(content, str):
        element.extend([_element(ROWS.get(name, "item"), value) for value in content])
    else:
        element.text = _text(content)
    return element


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _NOT_XML.sub("\ufffd", str(value))


@lru_cache(maxsize=4096)
def instant(seconds: int, zone: ZoneInfo) -> str:
    """Seconds since 1970 UTC as a W3C date and time with its zone."""
    return dt.datetime.fromtimestamp(seconds, zone).isoformat()
