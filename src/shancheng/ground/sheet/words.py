"""The few words that every sheet says by itself, in both languages."""

from shancheng.ground.sheet.sheet import Sheet

WORDS: dict[str, tuple[str, str]] = {
    "about": ("说明", "About"),
    "title": ("名称", "Title"),
    "rows": ("行数", "Rows"),
    "zone": ("时区", "Time zone"),
    "page": ("第 {page} 页，共 {pages} 页", "Page {page} of {pages}"),
    "left-out": (
        "还有 {count} 行未列出；缩小范围后可以导出全部。",
        "{count} more rows are left out; narrow the filter to get them all.",
    ),
    "left-out-more": (
        "还有至少 {count} 行未列出；缩小范围后可以导出全部。",
        "At least {count} more rows are left out; narrow the filter to get them all.",
    ),
    "whole": ("已全部列出。", "Nothing is left out."),
    "nothing": ("没有符合条件的行。", "No row fits the filter."),
    "interval": ("横线为 95% 区间，n 为计算基数。", "Lines are 95 % intervals; n is how many it was worked out from."),
}  # fmt: skip


def word(sheet: Sheet, key: str, **values: object) -> str:
    """A word in the sheet's language."""
    return WORDS[key][sheet.tongue == "en"].format(**values)


def completeness(sheet: Sheet) -> str:
    """A sentence on whether the sheet is whole."""
    if not sheet.left_out:
        return word(sheet, "whole")
    return word(sheet, "left-out-more" if sheet.left_out_at_least else "left-out", count=f"{sheet.left_out:,}")
