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
    formula_zh: str


MEANINGS: dict[str, Meaning] = {
    "reported": Meaning("上报数", "reported", "count", "matters opened in P", "P 内上报的事项数"),
    "accepted": Meaning("立案数", "accepted", "count", "matters accepted in P", "P 内立案的事项数"),
    "closings": Meaning("办结数", "closed", "count", "matters last closed in P", "最近一次办结在 P 内的事项数"),
    "open": Meaning(
        "在办数",
        "open",
        "count",
        "matters opened before the end of P and open at T",
        "P 结束前上报、T 时仍在办的事项数",
    ),
    "filing_rate": Meaning(
        "立案率",
        "filing rate",
        "share",
        "opened in P and accepted by T / opened in P",
        "P 内上报且 T 前已立案 / P 内上报",
    ),
    "due": Meaning(
        "应结案数",
        "due",
        "count",
        "matters whose last granted finish deadline lies in P; open ones only once that has passed and no pause holds",
        "最后准予的办理期限落在 P 内的事项数；在办的只有期限已过且未挂账才计入",
    ),
    "closing_rate": Meaning(
        "结案率", "closing rate", "share", "due and closed at T / due", "应结且 T 时已办结 / 应结案数"
    ),
    "on_time_rate": Meaning(
        "按期结案率",
        "on-time closing rate",
        "share",
        "due and closed by the deadline / due",
        "应结且按期办结 / 应结案数",
    ),
    "finished_in_time": Meaning(
        "按期办理率",
        "finished in time",
        "share",
        "due and its work finished by the deadline / due",
        "应结且按期办理完毕 / 应结案数",
    ),
    "signed_in_time": Meaning(
        "及时签收率",
        "signed in time",
        "share",
        "legs signed or given back within the sign clock / legs offered in P whose sign deadline has passed by T",
        "在签收时限内签收或退回的派单 / P 内派出且 T 时签收时限已过的派单",
    ),
    "return_rate": Meaning(
        "退回率",
        "return rate",
        "share",
        "legs offered in P and given back by T / legs offered in P",
        "P 内派出且 T 前退回的派单 / P 内派出的派单",
    ),
    "wrong_returns": Meaning(
        "误退率",
        "wrong returns",
        "share",
        "given back and later done by the same agency / legs given back",
        "退回后仍由同一单位办结的派单 / 退回的派单",
    ),
    "rework_rate": Meaning(
        "返工率",
        "rework rate",
        "share",
        "matters with a failed check in P / matters checked in P",
        "P 内核查不通过的事项 / P 内核查过的事项",
    ),
    "reopen_rate": Meaning(
        "重开率",
        "reopen rate",
        "share",
        "matters closed in P and reopened within 90 days / closed in P",
        "P 内办结后 90 天内重开的事项 / P 内办结的事项",
    ),
    "false_closures": Meaning(
        "虚假结案率",
        "false closures",
        "share",
        "closed in time in P and reopened within 7 days / matters closed in time in P",
        "P 内按期办结后 7 天内重开的事项 / P 内按期办结的事项",
    ),
    "extension_rate": Meaning(
        "延期率",
        "extension rate",
        "share",
        "accepted in P with an extension / accepted in P",
        "P 内立案且获准延期 / P 内立案",
    ),
    "pause_rate": Meaning(
        "挂账率", "pause rate", "share", "accepted in P with a pause / accepted in P", "P 内立案且挂过账 / P 内立案"
    ),
    "paused_time": Meaning(
        "挂账时长占比",
        "share of time paused",
        "share",
        "working seconds paused / used and paused, finish clocks of matters accepted in P, up to T",
        "挂账工作秒数 /（已用与挂账之和），P 内立案事项的办理时钟，计至 T",
    ),
    "supervision_rate": Meaning(
        "督办率",
        "supervision rate",
        "share",
        "accepted in P and put under watch / accepted in P",
        "P 内立案且被督办 / P 内立案",
    ),
    "supervised_in_time": Meaning(
        "督办按期办结率",
        "supervised and in time",
        "share",
        "closed by the report-back time (or finish deadline) / supervised, accepted in P, due by T",
        "在报告期限（或办理期限）前办结 / 被督办、P 内立案、T 前到期",
    ),
    "answered_share": Meaning(
        "回访成功率",
        "answered of asked",
        "share",
        "reporters who rated / reporters told of a closing in P",
        "已评价的反映人 / 被告知 P 内办结的反映人",
    ),
    "response_rate": Meaning(
        "响应率",
        "response rate",
        "share",
        "contacted, with the answer clock kept / reporters who said whether they were",
        "被联系且答复时限未破 / 说明了是否被联系的反映人",
    ),
    "resolution_rate": Meaning(
        "解决率",
        "resolution rate",
        "share",
        "resolved / reporters who said whether it was",
        "认为已解决 / 说明了是否解决的反映人",
    ),
    "satisfaction_rate": Meaning(
        "满意率",
        "satisfaction rate",
        "share",
        "satisfied / reporters who said whether they were",
        "满意 / 说明了是否满意的反映人",
    ),
    "self_found_share": Meaning(
        "主动发现率",
        "self-found share",
        "share",
        "found by patrol or sensor / accepted in P",
        "巡查或感知设备发现 / P 内立案",
    ),
    "working_time_median": Meaning(
        "办理时长中位数",
        "median working time to finish",
        "working_hours",
        "finish clocks begun in P, open ones censored at T (Kaplan-Meier)",
        "P 内开始的办理时钟，未结的在 T 截尾（Kaplan-Meier）",
    ),
    "working_time_p90": Meaning(
        "办理时长九成位",
        "working time within which 90 % finish",
        "working_hours",
        "finish clocks begun in P, open ones censored at T (Kaplan-Meier)",
        "P 内开始的办理时钟，未结的在 T 截尾（Kaplan-Meier）",
    ),
    "late_against_mix": Meaning(
        "逾期均衡比",
        "late against what its mix would give",
        "ratio",
        "late of the area's due / late expected if each category were as late as in the whole place",
        "本地应结中逾期数 / 若各类别都与全域同样逾期时的期望逾期数",
    ),
    "compression": Meaning(
        "合并压缩比",
        "compression",
        "ratio",
        "reports opened in P / matters that stand for them",
        "P 内上报件数 / 合并后的事项数",
    ),
    "routing_quality": Meaning(
        "派单准确率",
        "routed right at once",
        "share",
        "first agency = finishing agency / closed in P with both known",
        "首派单位即办结单位 / P 内办结且两者已知",
    ),
    "hops": Meaning(
        "平均流转次数",
        "assignments per matter",
        "hops",
        "assignments / matters closed in P",
        "派单次数 / P 内办结的事项",
    ),
    "late_budget_reopened": Meaning(
        "临期结案后重开",
        "closed at the last moment, then reopened",
        "share",
        "reopened / closings in P that had used 95 to 100 % of the finish budget",
        "重开 / P 内用去办理时限 95% 至 100% 时办结的次数",
    ),
    "removed_share": Meaning(
        "合并与不予受理占比",
        "merged away or refused",
        "share",
        "merged away or refused by T / reports opened in P",
        "T 前被合并或不予受理 / P 内上报件数",
    ),
    "removed_share_change": Meaning(
        "合并与不予受理占比变化",
        "change of the share removed",
        "difference",
        "that share less the same of the period before; up while reports are flat is a tell",
        "该占比减去上一等长期间的占比；上报量未变而上升是异常信号",
    ),
    "reports_change": Meaning(
        "上报量变化",
        "change of reports",
        "ratio",
        "reports opened in P / in the period of the same length before it",
        "P 内上报件数 / 上一等长期间的上报件数",
    ),
    "ratings_by_handlers": Meaning(
        "承办人代评占比",
        "ratings written by the handler",
        "share",
        "ratings in P written by who did the work / ratings in P",
        "由承办人代写的 P 内评价 / P 内评价",
    ),
    "identical_replies": Meaning(
        "雷同答复占比",
        "identical replies",
        "share",
        "closings in P with a reply that another repeats / with a reply",
        "答复与他件雷同的 P 内办结 / 有答复的办结",
    ),
}
