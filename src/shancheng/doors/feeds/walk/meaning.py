"""What the values of a row mean in this city: status, category, agency, channel, text."""

import re
from dataclasses import dataclass

from shancheng.doors.feeds.mapping.records import BRACES, Map, Origin, Standing
from shancheng.doors.feeds.walk.cells import Cells
from shancheng.doors.feeds.walk.unfit import Unfit
from shancheng.ground.pack.fault import nearest
from shancheng.loop.kind import Category
from shancheng.loop.rules import Rules

TEXT_MAX = 8000
"""Length of the texts of acts (`shancheng.loop.act.Text`)."""
NOT_WORD = re.compile(r"[^\w]+")
CLOSED = Standing(stage="closed")


def key_from(value: str) -> str:
    """A value as a key: `Garbage in alley` is `garbage-in-alley`."""
    return NOT_WORD.sub("-", value.casefold()).strip("-_")


@dataclass(frozen=True)
class Meaning:
    """Looks the values of rows up in the map and in the city."""

    mapping: Map
    rules: Rules

    def standing(self, cells: Cells, row: int, *, is_closed: bool) -> Standing:
        """How far the row has come. Raises Unfit where status and closing time contradict each other."""
        status = self.mapping.status
        if not status.column:
            return CLOSED if is_closed else Standing(stage=status.open_stage)
        value = cells.word(status.column, row)
        found = status.values.get(value)
        if found is None:
            near = nearest(value, status.values)
            hint = f" Did you mean '{near}'?" if near else ""
            reason = f"The map does not say what the status '{value[:60]}' means; add it to [status.values].{hint}"
            raise Unfit("unknown-status", reason, column=status.column, value=value)
        standing = found if isinstance(found, Standing) else Standing(stage=found)
        if standing.stage == "closed" and not is_closed:
            reason = f"The status is '{value}', and no closing time is given; add it."
            raise Unfit("no-closing-time", reason, column=self.mapping.times.closed or status.column, value=value)
        if standing.stage not in ("closed", "refused") and is_closed:
            reason = f"The status is '{value}', yet a closing time is given; correct one of them."
            raise Unfit("closed-yet-open", reason, column=status.column, value=value)
        return standing

    def category(self, cells: Cells, row: int, at: int) -> tuple[str, Category]:
        """The category of the row, with its record as it stands at an instant."""
        mapped = self.mapping.category
        value = cells.word(mapped.column, row)
        key = mapped.values.get(value, "")
        if not key and mapped.from_values and value:
            made = mapped.prefix + key_from(value)
            key = made if not mapped.otherwise or made in self.rules.categories else ""
        key = key or mapped.otherwise
        if not key:
            reason = f"The map does not say which category '{value[:60]}' is; add it to [category.values]."
            raise Unfit("unknown-category", reason, column=mapped.column, value=value)
        found = self.rules.category(key, at)
        if found is None:
            near = nearest(key, self.rules.categories)
            hint = f" Did you mean '{near}'?" if near else ""
            reason = f"The city has no category '{key}' at that time; add it to categories.csv.{hint}"
            raise Unfit("unknown-category", reason, column=mapped.column, value=value)
        return key, found

    def agency(self, cells: Cells, row: int, *, category: str, place: int, at: int) -> tuple[str, str]:
        """Who handled the row, and the line of the duty list that says so; empty where the row itself does."""
        mapped = self.mapping.agency
        value = cells.word(mapped.column, row)
        key = mapped.values.get(value) or (value if value in self.rules.agencies else "") or mapped.otherwise
        if value and not key:
            near = nearest(value, self.rules.agencies)
            hint = f" Did you mean '{near}'?" if near else ""
            reason = f"The city has no agency '{value[:60]}'; add it to [agency.values] or to agencies.csv.{hint}"
            raise Unfit("unknown-agency", reason, column=mapped.column, value=value)
        if key:
            return key, ""
        route = self.rules.route(category, place, at)
        if route is None:
            reason = f"No line of the duty list answers for '{category}' there; add one, or name the agency in the map."
            raise Unfit("no-route", reason, column=mapped.column)
        return route.lead, route.duty

    def origin(self, cells: Cells, row: int) -> Origin:
        """How the row came in."""
        mapped = self.mapping.channel
        return mapped.values.get(cells.word(mapped.column, row), mapped.otherwise)

    def text(self, cells: Cells, row: int) -> str:
        """What the row says. Raises Unfit where that is nothing, or too much."""
        text = BRACES.sub(lambda found: cells.word(found[1], row), self.mapping.text.template).strip(" ,;:\n")
        if not text:
            raise Unfit("missing-text", "The row says nothing in the columns of [text] template.")
        return _bounded(text, next(iter(BRACES.findall(self.mapping.text.template)), ""))

    def resolution(self, cells: Cells, row: int) -> str:
        """What was answered; empty where nothing was."""
        column = self.mapping.text.resolution
        return _bounded(cells.word(column, row), column)


def _bounded(text: str, column: str) -> str:
    if len(text) > TEXT_MAX:
        reason = f"The text has {len(text):,} characters, more than {TEXT_MAX:,}; shorten it."
        raise Unfit("too-long", reason, column=column, value=text)
    return text
