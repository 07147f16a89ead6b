"""What the loop finds wrong in a pack, each fault under its code."""

import shutil
from pathlib import Path

import pytest
from tests.loop.world import PACKS, TABLES, write_city

from shancheng.ground.pack.check import check_packs
from shancheng.loop.checks import check

DAMAGE = {
    "a duty for an agency that is not there": ("duties.csv", "d1,leak,EQ,work,watr,,invented", "unknown-name"),
    "a duty at a place that is not there": ("duties.csv", "d1,leak,ZZ,work,water,,invented", "unknown-name"),
    "a duty in hours that no calendar has": ("duties.csv", "d1,leak,EQ,wrok,water,,invented", "unknown-name"),
    "a duty that says the same as another": ("duties.csv", "d1,leak,C,always,roads,,invented", "conflict"),
    "a category of no kind": ("categories.csv", "c1,streets,c,c,requst,4,3,invented", "unknown-name"),
    "a category under none": ("categories.csv", "c1,stret,c,c,request,4,3,invented", "unknown-name"),
    "a category under itself": ("categories.csv", "c1,c1,c,c,request,4,3,invented", "cycle"),
    "an agency nowhere": ("agencies.csv", "a1,a,a,QQ,invented", "unknown-name"),
}


def codes(folder: Path) -> set[str]:
    """Codes of what the loop finds in a city laid over the packs that ship."""
    _, faults = check_packs([folder], TABLES, [check], [PACKS])
    return {fault.code for fault in faults if fault.severity == "error"}


def test_the_small_city_has_no_fault(tmp_path: Path) -> None:
    assert codes(write_city(tmp_path / "tiny")) == set()


@pytest.mark.parametrize("damage", DAMAGE, ids=str)
def test_damage_is_found_under_its_code(tmp_path: Path, damage: str) -> None:
    file, line, code = DAMAGE[damage]
    folder = write_city(tmp_path / "tiny")
    with (folder / file).open("a", encoding="utf-8") as table:
        table.write(line + "\n")

    assert code in codes(folder)
    shutil.rmtree(folder)


def test_a_promise_with_two_budgets_or_a_twin_is_found(tmp_path: Path) -> None:
    folder = write_city(tmp_path / "tiny")
    record = '[[record]]\nkey = "{key}"\nclock = "finish"\ncalendar = "work"\n{budget}\nsource = "invented"\n'
    text = record.format(key="both", budget="severity = 4\nbudget_days = 1\nbudget_minutes = 5\ncategory = 'leak'")
    twins = "".join(record.format(key=key, budget="category = 'lamp'\nbudget_days = 1") for key in ("one", "two"))
    (folder / "promises.toml").write_text(text + twins, encoding="utf-8")

    assert {"wrong-value", "conflict"} <= codes(folder)
