"""Pages: templates in one language, with the headers that keep a browser to this server alone."""

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from shancheng.doors.web import words
from shancheng.doors.web.ask import NOBODY, Ask
from shancheng.doors.web.assets import assets
from shancheng.doors.web.language import LANGUAGES, catalogue
from shancheng.doors.web.session import VISIT

POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'", "font-src 'self'",
        "connect-src 'self'", "manifest-src 'self'", "worker-src 'self'", "form-action 'self'", "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)  # fmt: skip
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
}
HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
PRIVATE = {"cache-control": "no-store"}
FRESH = {"cache-control": "private, no-cache"}
VISIT_SECONDS = 12 * 3600


@cache
def environment(code: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("shancheng.doors.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(catalogue(code), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"words": words, "asset": assets().path, "languages": LANGUAGES, "nobody": NOBODY}
    return made


def render(ask: Ask, template: str, **shown: Any) -> str:
    """A template filled in."""
    return (
        environment(ask.tongue.code)
        .get_template(template)
        .render(
            ask=ask, site=ask.site, tongue=ask.tongue, form_word=lambda: ask.site.secrets.form_word(ask.visit), **shown
        )
    )


def page(ask: Ask, template: str, *, status: int = 200, private: bool = False, **shown: Any) -> Response:
    """A whole page."""
    headers = PRIVATE if private or ask.actor is not NOBODY else FRESH
    return finished(ask, HTMLResponse(render(ask, template, **shown), status, headers))


def go(ask: Ask, path: str) -> Response:
    """On to another page of this house, by GET."""
    return finished(ask, RedirectResponse(path, 303, PRIVATE))


def finished(ask: Ask, response: Response) -> Response:
    """With the headers and the visit that every answer carries."""
    secure = ask.request.url.scheme == "https"
    for name, value in (HEADERS | HSTS if secure else HEADERS).items():
        response.headers.setdefault(name, value)
    if ask.is_new_visit:
        put_cookie(ask, response, VISIT, ask.visit, VISIT_SECONDS)
    return response


def put_cookie(ask: Ask, response: Response, name: str, value: str, seconds: int) -> None:
    """A cookie that script cannot read and other sites cannot send."""
    secure = ask.request.url.scheme == "https"
    response.set_cookie(name, value, max_age=seconds, httponly=True, secure=secure, samesite="lax", path="/")
