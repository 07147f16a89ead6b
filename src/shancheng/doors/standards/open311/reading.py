"""Answers of other servers as plain rows, in JSON or XML; nothing in them is believed, loaded or expanded."""

import re
from typing import Any

import msgspec
from lxml import etree

from shancheng.doors.standards.open311.errors import Unreadable
from shancheng.doors.standards.open311.writing import Form

BYTES_MAX = 16 * 2**20
DEPTH_MAX = 16
ROWS_MAX = 20_000
LISTS = frozenset({"services", "service_requests", "service_request_updates", "service_requests_updates", "errors"})
ROW_NAMES = frozenset({"service", "request", "request_update", "service_request_update", "error"})
Row = dict[str, str]
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)


def rows_of(body: bytes, form: Form) -> list[Row]:
    """The rows of an answer: texts by name, nested parts left out; raises Unreadable with a sentence."""
    if len(body) > BYTES_MAX:
        raise Unreadable(f"The answer is longer than {BYTES_MAX // 2**20} MiB; ask for smaller pages.")
    rows = _json_rows(body) if form == "json" else _xml_rows(body)
    if len(rows) > ROWS_MAX:
        raise Unreadable(f"The answer holds {len(rows)} rows, more than {ROWS_MAX}; ask for smaller pages.")
    return rows


def _json_rows(body: bytes) -> list[Row]:
    try:
        content: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(f"The answer is not JSON ({str(error)[:120]}); is the address that of an endpoint?") from None
    if isinstance(content, dict):
        listed = next((content[name] for name in LISTS if isinstance(content.get(name), list)), None)
        content = [content] if listed is None else listed
    if not isinstance(content, list):
        raise Unreadable("The answer is no list of rows; is the address that of an endpoint?")
    return [_plain(row) for row in content if isinstance(row, dict)]


def _plain(row: dict[str, Any]) -> Row:
    found = {}
    for name, value in row.items():
        if isinstance(value, bool):
            found[name] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            found[name] = str(value)
    return found


def _xml_rows(body: bytes) -> list[Row]:
    root = _tree(body)
    if _name(root) in LISTS:
        return [_record(row) for row in root if _name(row) in ROW_NAMES]
    return [_record(root)]


def _tree(body: bytes) -> Any:
    """The document without DTD, entities or anything from elsewhere."""
    if _DOCTYPE.search(body) or b"\0" in body[:200]:
        raise Unreadable(
            "The answer brings a document type, entities or another encoding than UTF-8, which no Open311 server "
            "needs; it was not read."
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"The answer is not XML ({str(error)[:120]}); is the address that of an endpoint?") from None
    if root.getroottree().docinfo.doctype:
        raise Unreadable("The answer brings a document type, which no Open311 server needs; it was not read.")
    return root


def _name(element: Any) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _record(element: Any) -> Row:
    return {_name(part): (part.text or "").strip() for part in element if not len(part) and _name(part)}
