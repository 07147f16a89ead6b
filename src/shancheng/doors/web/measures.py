"""The figures page of the desk: rates with n and interval for a place and a period, as charts and as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import Response

from shancheng.doors.web import charts
from shancheng.doors.web.ask import Ask
from shancheng.doors.web.board import own_place
from shancheng.doors.web.charts import Beside, Chart, Named, Table
from shancheng.doors.web.errors import Turned
from shancheng.doors.web.language import N_
from shancheng.doors.web.page import go, page
from shancheng.doors.web.periods import NAMES, Period, period_of
from shancheng.doors.web.worklist import categories_of, places_of
from shancheng.loop.ledger import Refusal
from shancheng.wings.governance.desk import COMPARED, MEANINGS, Course, Figure, Figures

ROWS_DRAWN_MAX = 60
GROUPS: tuple[tuple[str, str], ...] = (
    (N_("How much"), "reported accepted closings open filing_rate"),
    (N_("Deadlines"), "due closing_rate on_time_rate finished_in_time working_time_median working_time_p90"),
    (N_("Agencies"), "signed_in_time return_rate wrong_returns routing_quality hops"),
    (N_("Quality"), "rework_rate reopen_rate false_closures self_found_share compression"),
    (N_("Waiting and watch"), "extension_rate pause_rate paused_time supervision_rate supervised_in_time"),
    (N_("What reporters say"), "answered_share response_rate resolution_rate satisfaction_rate"),
    (
        N_("Where to look (tells, no proof)"),
        "late_budget_reopened removed_share removed_share_change reports_change ratings_by_handlers identical_replies",
    ),
)
INTERVAL = N_("95 % interval")
TALLIES = ("reported", "accepted", "closings", "open", "due")


@dataclass(frozen=True)
class Asked:
    """What somebody asks the figures page for."""

    place: int
    period: Period
    category: str
    compared: str

    @property
    def categories(self) -> tuple[str, ...]:
        """The category, where one is asked for."""
        return (self.category,) if self.category else ()

    @property
    def query(self) -> str:
        """The same as a query."""
        named = {"period": self.period.name, "from": self.period.first_day, "until": self.period.last_day}
        chosen = {**named, "category": self.category, "compared": self.compared}
        return urlencode({name: value for name, value in chosen.items() if value})


async def home(ask: Ask) -> Response:
    """GET /desk/figures"""
    wanted = ask.request.query_params
    place = wanted.get("place", "")
    if place.isdecimal() and place.isascii() and len(place) < 10:
        rest = urlencode([(name, value) for name, value in wanted.multi_items() if name != "place" and value])
        return go(ask, ask.to(f"/desk/figures/{int(place)}") + (f"?{rest}" if rest else ""))
    return go(ask, ask.to(f"/desk/figures/{own_place(ask)}"))


async def place(ask: Ask) -> Response:
    """GET /desk/figures/{place}"""
    asked = asked_of(ask)
    desk, edges = ask.site.desk, asked.period.edges
    table = await desk.figures(asked.place, (edges[0], edges[-1]), ask.actor, categories=asked.categories)
    course = await desk.course(asked.place, edges, ask.actor, categories=asked.categories)
    if isinstance(table, Refusal) or isinstance(course, Refusal):
        raise no_figures()
    return page(
        ask,
        "desk/measures.html",
        asked=asked,
        table=table,
        tallies=[table[key] for key in TALLIES],
        groups=[(ask.say(name), [table[key] for key in keys.split()]) for name, keys in GROUPS],
        meanings=MEANINGS,
        periods=[(key, ask.say(name)) for key, name in NAMES.items()],
        places=places_of(ask),
        categories=categories_of(ask),
        comparable=[(key, ask.tongue.name(MEANINGS[key])) for key in COMPARED],
        charts=list(_charts(ask, asked, table, course)),
        interval=ask.say(INTERVAL),
        shown=lambda figure: shown(ask, figure),
        between=lambda figure: between(ask, figure),
        made_from=lambda figure: made_from(ask, figure),
        title=_title,
    )


def asked_of(ask: Ask) -> Asked:
    """What is asked for; what could not be understood of it is left at what is usual."""
    wanted = ask.request.query_params
    category, compared = wanted.get("category", ""), wanted.get("compared", "")
    return Asked(
        int(ask.request.path_params["place"]),
        period_of(wanted, ask.now, ask.rules.zone),
        category if category in ask.rules.categories else "",
        compared if compared in COMPARED else "on_time_rate",
    )


def no_figures() -> Turned:
    """There is no such place for this person."""
    return Turned(404, N_("There are no figures here for you"), N_("You may look at the places in your own range."))


def shown(ask: Ask, figure: Figure) -> str:
    """A figure's value in its unit."""
    if figure.value is None:
        return "–"
    if figure.unit == "share":
        return ask.tongue.percent(figure.value)
    if figure.unit == "difference":
        return ask.say(N_("%(points)s points"), points=f"{100 * figure.value:+.1f}")
    if figure.unit == "working_hours":
        return ask.say(N_("%(hours)s h"), hours=ask.tongue.number(round(figure.value, 1)))
    return ask.tongue.number(round(figure.value, 2))


def between(ask: Ask, figure: Figure) -> str:
    """Ends of the 95 % interval; empty where there is none."""
    if figure.low is None or figure.high is None:
        return ""
    if figure.unit == "difference":
        return f"{100 * figure.low:+.1f} … {100 * figure.high:+.1f}"
    if figure.unit == "share":
        return f"{ask.tongue.percent(figure.low)} – {ask.tongue.percent(figure.high)}"
    return f"{ask.tongue.number(round(figure.low, 2))} – {ask.tongue.number(round(figure.high, 2))}"


def made_from(ask: Ask, figure: Figure) -> str:
    """How many a figure was worked out from; working time in hours."""
    if figure.denominator is None:
        return "–"
    if figure.key == "paused_time":
        return ask.say(N_("%(hours)s h"), hours=ask.tongue.number(round(figure.denominator / 3600)))
    return ask.tongue.number(round(figure.denominator))


def _charts(ask: Ask, asked: Asked, table: Figures, course: Course) -> Sequence[Chart]:
    drawn = [_amounts(ask, asked.period, course), _in_time(ask, asked.period, course)]
    if course.places:
        drawn += [_compared(ask, asked, table, course), _by_place(ask, course)]
    return [*drawn, _by_topic(ask, course)]


def _labels(ask: Ask, period: Period) -> list[str]:
    say = ask.tongue.clock if period.unit == "hour" else ask.tongue.month_day
    return [say(edge) for edge in period.edges[:-1]]


def _amounts(ask: Ask, period: Period, course: Course) -> Chart:
    labels, number = _labels(ask, period), ask.tongue.number
    head = (ask.say(STEP_TITLES[period.unit]), ask.say(N_("reported")), ask.say(N_("closed")))
    steps = zip(labels, course.steps, strict=True)
    rows = [(label, number(step.reported), number(step.closings)) for label, step in steps]
    says = ask.say(
        N_("In the whole period %(reported)s were reported and %(closed)s closed."),
        reported=number(sum(step.reported for step in course.steps)),
        closed=number(sum(step.closings for step in course.steps)),
    )
    if course.steps and course.steps[-1].until > ask.now:
        says += " " + ask.say(N_("The last step is not over yet."))
    named = (
        Named("a", ask.say(N_("reported")), [step.reported for step in course.steps]),
        Named("b", ask.say(N_("closed")), [step.closings for step in course.steps]),
    )
    table = Table("amounts", ask.say(TITLES[period.unit]), says, head, tuple(rows))
    return charts.lines(table, named, labels, number)


STEP_TITLES = {"hour": N_("Hour"), "day": N_("Day"), "week": N_("Week from")}
TITLES = {
    "hour": N_("Reported and closed, by hour"),
    "day": N_("Reported and closed, by day"),
    "week": N_("Reported and closed, by week"),
}


def _in_time(ask: Ask, period: Period, course: Course) -> Chart:
    labels, rates = _labels(ask, period), [step.on_time_rate for step in course.steps]
    name = ask.tongue.name(MEANINGS["on_time_rate"])
    rows = [(label, *_cells(ask, rate)) for label, rate in zip(labels, rates, strict=True)]
    due = int(sum(rate.denominator or 0 for rate in rates))
    says = ask.say(
        N_("Of %(due)s that were due. Whiskers are 95 %% intervals: the fewer, the longer."), due=ask.tongue.number(due)
    )
    table = Table("in-time", _title(name), says, _head(ask, ask.say(STEP_TITLES[period.unit])), tuple(rows))
    named = Named("a", name, [r.value for r in rates], [r.low for r in rates], [r.high for r in rates])
    return charts.lines(table, [named], labels, ask.tongue.percent, most=1.0)


def _title(name: str) -> str:
    """A name as it begins a line."""
    return name[:1].upper() + name[1:]


def _head(ask: Ask, first: str) -> tuple[str, ...]:
    return (first, ask.say(N_("Value")), ask.say(INTERVAL), ask.say(N_("n")))


def _cells(ask: Ask, figure: Figure) -> tuple[str, str, str]:
    return shown(ask, figure), between(ask, figure) or "–", ask.tongue.number(figure.denominator or 0)


def _compared(ask: Ask, asked: Asked, table: Figures, course: Course) -> Chart:
    """Places side by side in the order of the register; which of them differ is left to the intervals."""
    name, whole = ask.tongue.name(MEANINGS[asked.compared]), table[asked.compared]
    places = course.places[:ROWS_DRAWN_MAX]
    rows = [(ask.tongue.name(row), *_cells(ask, row[asked.compared])) for row in places]
    rows.append((ask.say(N_("the whole place")), *_cells(ask, whole)))
    drawn = [_beside(ask, ask.tongue.name(row), row[asked.compared]) for row in places]
    scale = charts.scale_of([*drawn, _beside(ask, "", whole)])
    says = f"{ask.say(NO_RANK)} {ask.say(BY_CHANCE)}"
    if scale != charts.WHOLE_SCALE:
        ends = {"low": ask.tongue.percent(scale.low), "high": ask.tongue.percent(scale.high)}
        says += " " + ask.say(N_("The scale runs from %(low)s to %(high)s."), **ends)
    said = ask.say(N_("%(name)s by place"), name=_title(name))
    legend = (ask.say(N_("value")), ask.say(INTERVAL), ask.say(N_("the whole place")))
    head = _head(ask, ask.say(N_("Place")))
    chart = Table("compared", said, says, head, tuple(rows))
    return charts.intervals(chart, drawn, _beside(ask, "", whole), legend, scale, ask.tongue.percent)


NO_RANK = N_("In the order of the register, not by rank.")
BY_CHANCE = N_(
    "Where a whisker reaches the dashed line, the difference may be chance; so may one place in 20 that it misses."
)


def _beside(ask: Ask, name: str, figure: Figure) -> Beside:
    said = f"{shown(ask, figure)} · n = {ask.tongue.number(figure.denominator or 0)}"
    return Beside(name, figure.value, said, figure.low, figure.high)


def _by_place(ask: Ask, course: Course) -> Chart:
    rows = [(ask.tongue.name(row), row.reported, row.closings) for row in course.places[:ROWS_DRAWN_MAX]]
    return _bars(ask, "by-place", ask.say(N_("Reported by place")), ask.say(N_("Place")), rows)


def _by_topic(ask: Ask, course: Course) -> Chart:
    rows = [(ask.category_name(row.category), row.reported, row.closings) for row in course.topics[:ROWS_DRAWN_MAX]]
    return _bars(ask, "by-topic", ask.say(N_("Reported by category")), ask.say(N_("Category")), rows)


def _bars(ask: Ask, key: str, title: str, first: str, rows: Sequence[tuple[str, int, int]]) -> Chart:
    number = ask.tongue.number
    says = (
        ask.say(N_("Counts, not rates: a larger place has more.")) if rows else ask.say(N_("Nothing in this period."))
    )
    head = (first, ask.say(N_("reported")), ask.say(N_("closed")))
    cells = tuple((name, number(reported), number(closings)) for name, reported, closings in rows)
    drawn = [Beside(name, float(reported), number(reported)) for name, reported, _ in rows]
    return charts.bars(Table(key, title, says, head, cells), drawn)
