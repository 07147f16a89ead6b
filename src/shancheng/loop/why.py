"""Why a matter stands as it does: every deadline and route, down to the pack line and the moves they come from."""

import datetime as dt
from collections.abc import Iterator, Sequence

import msgspec

from shancheng.ground.calendar import Stretch
from shancheng.loop import clock as clocks
from shancheng.loop.act import Assign
from shancheng.loop.matter import Clock, Leg, Matter
from shancheng.loop.move import Move
from shancheng.loop.rules import Rules

HOUR = 3600
CLOCKS_ZH = {"answer": "答复", "sign": "签收", "attend": "到场", "finish": "办结", "verify": "核查", "reply": "回复"}


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One thing explained, in two languages, with where it comes from."""

    of: str
    """`stage`, `holder`, `route:AGENCY`, `clock:NAME`, `mark:NAME`."""
    zh: str
    en: str
    pack: str = ""
    """File and line of the pack record that decided it."""
    moves: tuple[int, ...] = ()
    """Numbers of the matter's moves that it follows from."""


class Why(msgspec.Struct, frozen=True, kw_only=True):
    """Everything about one matter that has a reason."""

    matter: str
    as_of: int
    """Number of the matter's last move."""
    reasons: tuple[Reason, ...]


def explain(matter: Matter, moves: Sequence[Move], rules: Rules) -> Why:
    """The reasons of a matter, from its state and its moves."""
    reasons = (
        *_stage(matter, moves, rules),
        *_holder(matter, moves, rules),
        *_routes(matter, moves, rules),
        *_clocks(matter, moves, rules),
        *_marks(matter, moves),
    )
    return Why(matter=matter.id, as_of=matter.seq, reasons=tuple(reasons))


def _stage(matter: Matter, moves: Sequence[Move], rules: Rules) -> Iterator[Reason]:
    last = next((move for move in reversed(moves) if move.then.stage is not None), moves[0])
    when = _local(last.at, rules)
    gap = last.recorded - last.at
    late_zh = f"，晚 {gap // 60} 分钟补记" if gap >= 60 else ""
    late_en = f", written down {gap // 60} minutes later" if gap >= 60 else ""
    yield Reason(
        of="stage",
        zh=f"现为“{_stage_name(matter, rules, 'zh')}”：{when} 由{_role(last.role, rules, 'zh')}记入{late_zh}。",
        en=f"It is {_stage_name(matter, rules, 'en')}: {_role(last.role, rules, 'en')} did '{last.verb}' "
        f"at {when}{late_en}.",
        moves=(last.matter_seq,),
    )


def _holder(matter: Matter, moves: Sequence[Move], rules: Rules) -> Iterator[Reason]:
    custody = matter.custody
    taken = [move.matter_seq for move in moves if move.then.custody is not None]
    name = rules.places.name(custody.holder) if custody.holder in rules.places else str(custody.holder)
    name_en = rules.places.name(custody.holder, "en") if custody.holder in rules.places else str(custody.holder)
    category = matter.about.category
    if len(taken) == 1:
        zh = f"由{name}中心持有：类别“{_category(category, matter, rules, 'zh')}”规定的层级。"
        en = f"Held by the centre of {name_en}: the level that '{_category(category, matter, rules, 'en')}' names."
        yield Reason(
            of="holder", zh=zh, en=en, pack=rules.origin("categories", category, matter.opening.at), moves=(1,)
        )
        return
    zh = f"由{name}中心持有，经移交，第 {custody.epoch} 任。"
    en = f"Held by the centre of {name_en} after a hand-over, epoch {custody.epoch}."
    yield Reason(of="holder", zh=zh, en=en, moves=tuple(taken))


def _routes(matter: Matter, moves: Sequence[Move], rules: Rules) -> Iterator[Reason]:
    for leg in matter.legs.values():
        offered = next((m for m in reversed(moves) if m.verb == "assign" and leg.agency in (m.then.legs or {})), None)
        if offered is not None:
            yield _route(leg, offered, matter, rules)


def _route(leg: Leg, offered: Move, matter: Matter, rules: Rules) -> Reason:
    part = "主办" if leg.part == "lead" else "协办"
    who_zh, who_en = _agency(leg.agency, rules, "zh"), _agency(leg.agency, rules, "en")
    of, moves = f"route:{leg.agency}", (offered.matter_seq,)
    act = offered.act
    if not leg.duty:
        own = isinstance(act, Assign) and act.own_decision
        own_zh, own_en = ("（以自己名义决定，不得再退回）", " in its own name") if own else ("", "")
        zh = f"{who_zh}{part}：由{_role(offered.role, rules, 'zh')}指定{own_zh}。"
        en = f"{who_en} is {leg.part}: named by {_role(offered.role, rules, 'en')}{own_en}."
        return Reason(of=of, zh=zh, en=en, moves=moves)
    route = rules.route(matter.about.category, matter.about.place, offered.at)
    detail_zh = detail_en = ""
    if route is not None and route.duty == leg.duty:
        place = rules.places.name(route.place)
        passed = "、".join(route.passed_over)
        detail_zh = f"（类别 {route.category}，地点 {place}，时段 {_hours_zh(route.hours)}" + (
            f"；优先于 {passed}）" if passed else "）"
        )
        detail_en = f" (category {route.category}, place {rules.places.name(route.place, 'en')}, hours {route.hours}"
        detail_en += f"; more specific than {', '.join(route.passed_over)})" if passed else ")"
    return Reason(
        of=of,
        zh=f"{who_zh}{part}：职责清单 {leg.duty} 最为具体{detail_zh}。",
        en=f"{who_en} is {leg.part}: line {leg.duty} of the duty list is the most specific{detail_en}.",
        pack=rules.origin("duties", leg.duty, offered.at),
        moves=moves,
    )


def _clocks(matter: Matter, moves: Sequence[Move], rules: Rules) -> Iterator[Reason]:
    for name, clock in matter.clocks.items():
        touched = tuple(move.matter_seq for move in moves if name in (move.then.clocks or {}))
        zh, en = _clock(name, clock, matter, rules)
        pack = rules.origin("promises", clock.promise, clock.started)
        yield Reason(of=f"clock:{name}", zh=zh, en=en, pack=pack, moves=touched)


def _clock(name: str, clock: Clock, matter: Matter, rules: Rules) -> tuple[str, str]:
    due, started = _local(clock.due, rules), _local(clock.started, rules)
    hours = clock.budget / HOUR
    what = CLOCKS_ZH[clocks.family(name)]
    leg = name.partition(":")[2]
    whose_zh, whose_en = (_agency(leg, rules, "zh"), f" by {_agency(leg, rules, 'en')}") if leg else ("", "")
    zh = [f"{whose_zh}{what}期限 {due} = {started} 起 {hours:g} 小时（{clock.promise}，工作历 {clock.calendar}）"]
    en = [
        f"{clocks.family(name)}{whose_en} due {due} = {started} + {hours:g} h of '{clock.calendar}' ({clock.promise})"
    ]
    if clock.extended:
        zh.append(f"批准延长 {clock.extended / HOUR:g} 小时")
        en.append(f"+ {clock.extended / HOUR:g} h granted")
    if clock.waited:
        zh.append(f"暂停共 {clock.waited / HOUR:g} 小时不计")
        en.append(f"+ {clock.waited / HOUR:g} h paused")
    for words_zh, words_en in _days(rules.calendars[clock.calendar].explain(clock.started, clock.due), rules):
        zh.append(words_zh)
        en.append(words_en)
    if rules.calendars[clock.calendar].is_provisional(clock.due):
        zh.append("暂定：该年放假安排尚未公布")
        en.append("provisional: the holidays of that year are not published yet")
    end_zh, end_en = _state(name, clock, matter, rules)
    return "；".join([*zh, end_zh]) + "。", "; ".join([*en, end_en]) + "."


def _state(name: str, clock: Clock, matter: Matter, rules: Rules) -> tuple[str, str]:
    if clock.void:
        return "此承诺已不再适用", "no longer owed"
    if clock.paused:
        until = _local(clock.paused_until, rules)
        return (
            f"由 {clock.paused_by} 因 {clock.paused_reason} 暂停至 {until}",
            f"paused by {clock.paused_by} for {clock.paused_reason} until {until}",
        )
    if clock.met:
        when = _local(clock.met, rules)
        late = clock.met > clock.due
        return (f"于 {when} {'逾期' if late else '按期'}完成", f"met {'late' if late else 'in time'} at {when}")
    used = clocks.spent_by(clock, matter.at, rules)
    share = 100 * used // max(1, clock.budget + clock.extended)
    return f"到最后一步时已用 {share} %", f"{share} % used at the last move"


def _days(stretches: Sequence[Stretch], rules: Rules) -> Iterator[tuple[str, str]]:
    """Holidays and make-up workdays on the way, each named once."""
    by_name: dict[tuple[str, str], list[Stretch]] = {}
    for stretch in stretches:
        if stretch.kind in ("holiday", "make-up"):
            by_name.setdefault((stretch.kind, stretch.name), []).append(stretch)
    for (kind, name), found in by_name.items():
        days = sorted({rules.day(moment) for stretch in found for moment in (stretch.start, stretch.end - 1)})
        words = _span(days)
        if kind == "holiday":
            yield f"{words} {name}放假不计", f"{words} off ({name})"
        else:
            yield f"{words} 调休上班，计入", f"{words} make-up workday, counted"


def _span(days: Sequence[dt.date]) -> str:
    first, last = days[0], days[-1]
    if len(days) == 1:
        return f"{first:%m-%d}"
    if (last - first).days < 10 and len(days) > 2:
        return f"{first:%m-%d}..{last:%m-%d}"
    return "/".join(f"{day:%m-%d}" for day in days)


def _marks(matter: Matter, moves: Sequence[Move]) -> Iterator[Reason]:
    marks = matter.marks
    if marks.supervised is not None:
        watch = marks.supervised
        found = tuple(m.matter_seq for m in moves if m.then.marks is not None and m.then.marks.supervised == watch)
        zh, en = f"督办：{watch.why}（{watch.role}）。", f"Supervised: {watch.why} ({watch.role})."
        yield Reason(of="mark:supervised", zh=zh, en=en, moves=found[:1])
    if marks.merged_into:
        found = tuple(m.matter_seq for m in moves if m.verb == "merge")
        zh, en = f"已并入 {marks.merged_into}。", f"Merged into {marks.merged_into}."
        yield Reason(of="mark:merged", zh=zh, en=en, moves=found[-1:])


def _stage_name(matter: Matter, rules: Rules, lang: str) -> str:
    named = rules.stages.get(matter.stage)
    return named.name.get(lang, matter.stage) if named else str(matter.stage)


def _hours_zh(hours: str) -> str:
    if hours == "always":
        return "全天"
    return f"{hours[1:]} 工作时间之外" if hours.startswith("!") else f"{hours} 工作时间内"


def _role(key: str, rules: Rules, lang: str) -> str:
    role = rules.roles.get(key)
    return role.name.get(lang, key) if role else key


def _agency(key: str, rules: Rules, lang: str) -> str:
    agency = rules.agencies.get(key)
    if agency is None:
        return key
    return agency.name_zh if lang == "zh" else agency.name_en


def _category(key: str, matter: Matter, rules: Rules, lang: str) -> str:
    category = rules.category(key, matter.opening.at)
    if category is None:
        return key or "-"
    return category.name_zh if lang == "zh" else category.name_en


def _local(at: int, rules: Rules) -> str:
    return f"{dt.datetime.fromtimestamp(at, rules.zone):%Y-%m-%d %H:%M}"
