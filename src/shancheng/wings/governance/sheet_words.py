"""The words of governance's sheets, in both languages: titles of columns, stages, labels of what a sheet is about."""

from collections.abc import Mapping

from shancheng.ground.sheet import Column, Holds, Tongue

Two = tuple[str, str]
"""Chinese and English."""

STAGES: dict[str, Two] = {
    "reported": ("已上报", "reported"),
    "accepted": ("已受理", "accepted"),
    "assigned": ("已派遣", "assigned"),
    "doing": ("处置中", "in work"),
    "done": ("已处置", "work done"),
    "verified": ("已核查", "checked"),
    "closed": ("已结案", "closed"),
    "refused": ("不予受理", "not taken on"),
}
ORIGINS: dict[str, Two] = {
    "resident": ("市民", "a resident"),
    "patrol": ("巡查", "a patrol"),
    "sensor": ("感知设备", "a sensor"),
    "agency": ("单位", "an agency"),
    "import": ("其他系统", "another register"),
}
UNITS: dict[str, Two] = {
    "share": ("比率", "share"),
    "count": ("件", "matters"),
    "ratio": ("倍", "ratio"),
    "working_hours": ("工作小时", "working hours"),
    "hops": ("次", "assignments"),
    "difference": ("差值", "difference"),
}
TITLES: dict[str, tuple[Two, Holds, int]] = {
    "number": (("编号", "Number"), "text", 30),
    "category": (("类别", "Category"), "text", 18),
    "severity": (("等级", "Severity"), "text", 9),
    "stage": (("环节", "Stage"), "text", 11),
    "place": (("地点", "Place"), "text", 24),
    "code": (("地点代码", "Code of the place"), "text", 14),
    "lead": (("主办单位", "Lead"), "text", 18),
    "holder": (("持有中心", "Centre that holds it"), "text", 16),
    "reported_at": (("上报时间", "Reported"), "instant", 16),
    "due_at": (("下一期限", "Next deadline"), "instant", 16),
    "late": (("已逾期", "Past it"), "text", 8),
    "watched": (("督办", "Under watch"), "text", 8),
    "reports": (("上报件数", "Reports"), "count", 9),
    "origin": (("来源", "Came from"), "text", 12),
    "words": (("内容", "Words"), "text", 48),
    "located": (("图上位置", "On the map"), "text", 14),
    "part": (("部分", "Part"), "text", 10),
    "name": (("名称", "Name"), "text", 22),
    "open": (("在办", "Open"), "count", 9),
    "late_count": (("逾期", "Late"), "count", 9),
    "figure": (("指标", "Figure"), "text", 26),
    "value": (("数值", "Value"), "number", 10),
    "low": (("区间下限", "From (95 %)"), "number", 10),
    "high": (("区间上限", "To (95 %)"), "number", 10),
    "numerator": (("分子", "Numerator"), "number", 10),
    "denominator": (("基数 n", "n"), "count", 10),
    "unit": (("单位", "Unit"), "text", 12),
    "formula": (("口径", "How it is worked out"), "text", 46),
    "reports_in": (("期内上报", "Reported in it"), "count", 10),
    "closings_in": (("期内办结", "Closed in it"), "count", 10),
}
LABELS: dict[str, Two] = {
    "worklist": ("工作清单", "Worklist"),
    "board": ("看板", "Board"),
    "figures": ("指标", "Figures"),
    "places": ("各地指标", "Figures by place"),
    "as_of": ("截至", "As of"),
    "filter": ("筛选", "Filter"),
    "source": ("来源", "Source"),
    "place": ("地点", "Place"),
    "period": ("期间", "Period"),
    "note": ("注意", "Mind"),
    "yes": ("是", "yes"),
    "no": ("否", "no"),
    "all": ("全部", "everything in range"),
    "open_only": ("仅在办", "only open ones"),
    "late": ("仅逾期", "only late ones"),
    "supervised": ("仅督办", "only those under watch"),
    "merged": ("含已合并的", "also those merged away"),
    "drill": ("演练", "drills"),
    "words": ("含“{}”", "with the words '{}'"),
    "kinds": ("类型", "kinds"),
    "severity": ("不低于{}", "at least {}"),
    "since": ("{} 起上报", "reported since {}"),
    "until": ("{} 前上报", "reported before {}"),
    "none": ("尚未分类", "not sorted yet"),
    "own": ("未归到下级的", "the whole place, not one below"),
    "whole": ("合计", "Together"),
    "category": ("类别", "category"),
    "exact": ("上报点", "reported point"),
    "middle": ("地点中部", "middle of the place"),
    "ledger": ("账本 {} 第 {} 行", "ledger {}, line {}"),
    "invented": ("虚构城市：地点、人员和事项均为虚构。", "An invented city: places, people and matters are made up."),
    "locked": ("涉密事项未列入；个人信息已屏蔽。", "Confidential matters are left out; personal data are masked."),
    "locked_kinds": ("涉密类型的事项未计入。", "Matters of confidential kinds are not counted."),
    "no_rank": (
        "各地按登记顺序排列，不是排名；区间重叠的差别可能只是偶然。",
        "Places come in the order of the register, not by rank; where intervals overlap, a difference may be chance.",
    ),
}


def said(tongue: Tongue, key: str, *values: object) -> str:
    """A label in a language."""
    return LABELS[key][tongue == "en"].format(*values)


def column(tongue: Tongue, key: str) -> Column:
    """A column of this name, with its title in a language."""
    titles, holds, width = TITLES[key]
    return Column(key, titles[tongue == "en"], holds, width)


def of(words: Mapping[str, Two], key: str, tongue: Tongue) -> str:
    """A word by key; the key itself where there is none."""
    return words[key][tongue == "en"] if key in words else key
