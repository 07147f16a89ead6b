"""What each figure means: its names, its unit and its formula, said once for pages, reports and this house."""

from typing import Literal

import msgspec

Unit = Literal["share", "count", "ratio", "working_hours", "hops", "difference"]


class Meaning(msgspec.Struct, frozen=True):
    """One figure's names and formula. P is the period, T the instant as of which it is worked out."""

    name_zh: str
    name_en: str
    unit: Unit
    formula: str


MEANINGS: dict[str, Meaning] = {
    "reported": Meaning("上报数", "reported", "count", "matters opened in P"),
    "accepted": Meaning("立案数", "accepted", "count", "matters accepted in P"),
    "closings": Meaning("办结数", "closed", "count", "matters last closed in P"),
    "open": Meaning("在办数", "open", "count", "matters opened before the end of P and open at T"),
    "filing_rate": Meaning("立案率", "filing rate", "share", "opened in P and accepted by T / opened in P"),
    "due": Meaning(
        "应结案数",
        "due",
        "count",
        "matters whose last granted finish deadline lies in P; open ones only once that has passed and no pause holds",
    ),
    "closing_rate": Meaning("结案率", "closing rate", "share", "due and closed at T / due"),
    "on_time_rate": Meaning("按期结案率", "on-time closing rate", "share", "due and closed by the deadline / due"),
    "finished_in_time": Meaning(
        "按期办理率", "finished in time", "share", "due and its work finished by the deadline / due"
    ),
    "signed_in_time": Meaning(
        "及时签收率",
        "signed in time",
        "share",
        "legs signed or given back within the sign clock / legs offered in P whose sign deadline has passed by T",
    ),
    "return_rate": Meaning(
        "退回率", "return rate", "share", "legs offered in P and given back by T / legs offered in P"
    ),
    "wrong_returns": Meaning(
        "误退率", "wrong returns", "share", "given back and later done by the same agency / legs given back"
    ),
    "rework_rate": Meaning("返工率", "rework rate", "share", "matters with a failed check in P / matters checked in P"),
    "reopen_rate": Meaning(
        "重开率", "reopen rate", "share", "matters closed in P and reopened within 90 days / closed in P"
    ),
    "false_closures": Meaning(
        "虚假结案率",
        "false closures",
        "share",
        "closed in time in P and reopened within 7 days / matters closed in time in P",
    ),
    "extension_rate": Meaning("延期率", "extension rate", "share", "accepted in P with an extension / accepted in P"),
    "pause_rate": Meaning("挂账率", "pause rate", "share", "accepted in P with a pause / accepted in P"),
    "paused_time": Meaning(
        "挂账时长占比",
        "share of time paused",
        "share",
        "working seconds paused / used and paused, finish clocks of matters accepted in P, up to T",
    ),
    "supervision_rate": Meaning(
        "督办率", "supervision rate", "share", "accepted in P and put under watch / accepted in P"
    ),
    "supervised_in_time": Meaning(
        "督办按期办结率",
        "supervised and in time",
        "share",
        "closed by the report-back time (or finish deadline) / supervised, accepted in P, due by T",
    ),
    "answered_share": Meaning(
        "回访成功率", "answered of asked", "share", "reporters who rated / reporters told of a closing in P"
    ),
    "response_rate": Meaning(
        "响应率",
        "response rate",
        "share",
        "contacted, with the answer clock kept / reporters who said whether they were",
    ),
    "resolution_rate": Meaning("解决率", "resolution rate", "share", "resolved / reporters who said whether it was"),
    "satisfaction_rate": Meaning(
        "满意率", "satisfaction rate", "share", "satisfied / reporters who said whether they were"
    ),
    "self_found_share": Meaning("主动发现率", "self-found share", "share", "found by patrol or sensor / accepted in P"),
    "working_time_median": Meaning(
        "办理时长中位数",
        "median working time to finish",
        "working_hours",
        "finish clocks begun in P, open ones censored at T (Kaplan-Meier)",
    ),
    "working_time_p90": Meaning(
        "办理时长九成位",
        "working time within which 90 % finish",
        "working_hours",
        "finish clocks begun in P, open ones censored at T (Kaplan-Meier)",
    ),
    "late_against_mix": Meaning(
        "逾期均衡比",
        "late against what its mix would give",
        "ratio",
        "late of the area's due / late expected if each category were as late as in the whole place",
    ),
    "compression": Meaning("合并压缩比", "compression", "ratio", "reports opened in P / matters that stand for them"),
    "routing_quality": Meaning(
        "派单准确率", "routed right at once", "share", "first agency = finishing agency / closed in P with both known"
    ),
    "hops": Meaning("平均流转次数", "assignments per matter", "hops", "assignments / matters closed in P"),
    "late_budget_reopened": Meaning(
        "临期结案后重开",
        "closed at the last moment, then reopened",
        "share",
        "reopened / closings in P that had used 95 to 100 % of the finish budget",
    ),
    "removed_share": Meaning(
        "合并与不予受理占比", "merged away or refused", "share", "merged away or refused by T / reports opened in P"
    ),
    "removed_share_change": Meaning(
        "合并与不予受理占比变化",
        "change of the share removed",
        "difference",
        "that share less the same of the period before; up while reports are flat is a tell",
    ),
    "reports_change": Meaning(
        "上报量变化", "change of reports", "ratio", "reports opened in P / in the period of the same length before it"
    ),
    "ratings_by_handlers": Meaning(
        "承办人代评占比",
        "ratings written by the handler",
        "share",
        "ratings in P written by who did the work / ratings in P",
    ),
    "identical_replies": Meaning(
        "雷同答复占比", "identical replies", "share", "closings in P with a reply that another repeats / with a reply"
    ),
}
