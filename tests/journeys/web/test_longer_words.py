"""In a language whose words are 40 % longer nothing overflows, on a small phone or at a desk."""

import pytest
from tests.journeys.conftest import RunningHouse
from tests.journeys.web.conftest import Opener, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
LONGER = """() => {
  const skipped = new Set(['SCRIPT', 'STYLE', 'CODE', 'TITLE']);
  const longer = (text) => text.replace(/[\\p{L}]{2,}/gu, (word) => {
    const more = Math.ceil(word.length * 0.4);
    return word + (/\\p{Script=Han}/u.test(word) ? '测'.repeat(more) : 'eñ'.repeat(more).slice(0, more));
  });
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let lengthened = 0;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (skipped.has(node.parentElement.tagName) || node.parentElement.closest('svg, .token')) continue;
    const text = longer(node.data);
    lengthened += text.length - node.data.length;
    node.data = text;
  }
  return lengthened;
}"""
"""Lengthens every word of the page as it stands; what is drawn and codes are left as they are."""
OVER = """() => {
  const wide = document.documentElement.clientWidth;
  const scrolls = (element) => element.closest('.wide, .map-frame, svg, .away, .skip, pre, .outbox ol');
  return [...document.querySelectorAll('body *')]
    .filter((element) => !scrolls(element) && element.getBoundingClientRect().right > wide + 1)
    .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5);
}"""
CUT = """() => [...document.querySelectorAll('.button, label, legend, h1, h2, dt, dd, summary, .tag')]
  .filter((element) => !element.closest('.away, .wide, .map-frame') && element.offsetParent
    && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
  .map((element) => element.outerHTML.slice(0, 120)).slice(0, 5)"""
OPEN_PAGES = ["", "about", "report", "follow", "figures", "sign-in"]
DESK_PAGES = ["desk", "desk/list", "desk/map", "grid"]


def need_no_overflow(visitor: Visitor) -> None:
    """Longer words, and still nothing outside the page or cut off."""
    assert visitor.page.evaluate(LONGER) > 0
    wide = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert (wide, visitor.page.evaluate(OVER)) == (0, []), visitor.page.url
    assert visitor.page.evaluate(CUT) == [], visitor.page.url


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_longer_words_fit_into_every_chief_page(visit: Opener, house: RunningHouse, lang: str, width: int) -> None:
    body = {"kind": "request", "category": house.words["CATEGORY"], "place": house.words["PLACE"], "text": "!"}
    matter = house.ask("POST", "/matters", json=body).json()["matter"]
    visitor = visit(viewport={"width": width, "height": 800})
    for path in OPEN_PAGES:
        visitor.open(f"/{lang}/{path}")
        need_no_overflow(visitor)
    visitor.sign_in(lang, house.words["LEADER"])
    for path in DESK_PAGES:
        visitor.open(f"/{lang}/{path}")
        visitor.page.wait_for_timeout(300)
        need_no_overflow(visitor)
    visitor.open(f"/{lang}/desk/matters/{matter}")
    need_no_overflow(visitor)


@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_longer_words_fit_into_every_step_of_a_report(visit: Opener, lang: str, width: int) -> None:
    visitor = visit(viewport={"width": width, "height": 800})
    page, forward = visitor.page, ".buttons button[value=next]"
    visitor.open(f"/{lang}/report")
    visitor.go(forward)
    need_no_overflow(visitor)
    page.fill("#text", "路灯不亮" if lang == "zh" else "Street light out")
    visitor.go(forward)
    need_no_overflow(visitor)
    page.fill("#q", "社区" if lang == "zh" else "Community")
    visitor.go(".row button[value=find]")
    need_no_overflow(visitor)
    page.locator("input[name=place]").first.check()
    for _ in range(6):
        visitor.go(forward)
        need_no_overflow(visitor)
        if page.locator("#same-none").count():
            page.check("#same-none")
        if page.locator(".receipt").count():
            return
    raise AssertionError("no receipt came")
