"""Maps are read strictly: every fault at once, with the nearest name."""

import pytest
from tests.doors.feeds.bringing import HEADER, SHUT, Office

from shancheng.doors.feeds.errors import MapError, Unreadable
from shancheng.doors.feeds.mapping import read_map
from shancheng.ground.pack import Fault


def faults_of(office: Office) -> dict[str, Fault]:
    """Every fault of the map as it stands, by table and field."""
    with pytest.raises(MapError) as caught:
        office.rows(SHUT)
    return {f"{fault.record}.{fault.field}".strip("."): fault for fault in caught.value.faults}


def test_every_fault_of_a_map_is_named_at_once(office: Office) -> None:
    office.map_text = """
sorce = "hotline"
id = 7
[times]
creatd = "opened"
[status]
column = "state"
[status.values]
"open" = "dooing"
"shut" = { stage = "closed", outcom = "x" }
[text]
template = "{words}"
"""
    faults = faults_of(office)

    assert faults["sorce"].nearest == "source"
    assert faults["source"].code == "missing-value"
    assert faults["id"].code == "wrong-type"
    assert faults["times.creatd"].nearest == "created"
    assert faults["times.created"].code == "missing-value"
    assert faults["status.values.open"].nearest == "doing"
    assert faults["status.values.shut.outcom"].nearest == "outcome"
    assert faults["place"].code == "missing-value"


@pytest.mark.parametrize(
    ("before", "after", "field", "words"),
    [
        ('"%d.%m.%Y"', '"%H:%M"', "times.forms", "cannot tell one day from another"),
        ('"%d.%m.%Y"', '"dd.mm.yyyy"', "times.forms", "cannot tell one day from another"),
        ("[times]", '[times]\ntime_zone = "Asia/Shangai"', "times.time_zone", "Did you mean 'Asia/Shanghai'?"),
        ("[times]", '[times]\nforms_of = { due = ["iso"] }', "times.forms_of.due", "no time of this map"),
        ("{words}", "{words", "text.template", "a brace is not closed"),
        ('code = "town"', 'lon = "town"', "place.lat", "needs both lon and lat"),
        ('column = "about"', "", "category.column", "name the column of the category"),
    ],
)
def test_a_map_that_contradicts_itself_says_so(office: Office, before: str, after: str, field: str, words: str) -> None:
    office.map_text = office.map_text.replace(before, after)

    assert words in faults_of(office)[field].message


def test_columns_the_file_does_not_have_are_named_with_the_nearest(office: Office) -> None:
    office.map_text = office.map_text.replace('"opened"', '"opend"').replace("{words}", "{wordz}")
    faults = faults_of(office)

    assert faults["times.created"].nearest == "opened"
    assert faults["text.template"].nearest == "words"
    assert not office.ledger.lines


def test_names_the_city_does_not_have_are_named_with_the_nearest(office: Office) -> None:
    office.map_text = (
        office.map_text.replace('"lamp" = "lamp"', '"lamp" = "lampp"')
        .replace('column = "who"', 'column = "who"\notherwise = "watr"')
        .replace('reason = "settled-already"', 'reason = "setled-already"')
        .replace('code = "town"', 'code = "town"\nscheme = "litle"\nname_level = 4')
    )
    faults = faults_of(office)

    assert faults["category.values.lamp"].nearest == "lamp"
    assert faults["agency.otherwise"].nearest == "water"
    assert faults["status.values.double"].nearest == "settled-already"
    assert faults["place.scheme"].nearest == "little"
    assert "level" in faults["place.name_level"].message


def test_a_broken_map_names_its_line(office: Office) -> None:
    office.map_text = 'source = "hotline"\nid = \n'

    assert faults_of(office)[""].line == 2


def test_a_map_that_is_not_there_is_said_to_be_missing(office: Office) -> None:
    with pytest.raises(Unreadable, match="There is no map at"):
        read_map(office.folder / "nowhere.toml")


def test_categories_can_be_made_from_values(office: Office) -> None:
    office.map_text = office.map_text.replace('[category.values]\n"lamp" = "lamp"', "from_values = true")
    office.bring(office.file([HEADER, SHUT.replace(",lamp,", ",Lamp,")]))

    assert office.matter("hotline.7").about.category == "lamp"


def test_categories_made_from_values_that_the_city_does_not_have_name_the_nearest(office: Office) -> None:
    office.map_text = office.map_text.replace('[category.values]\n"lamp" = "lamp"', "from_values = true")
    office.bring(office.file([HEADER, SHUT.replace(",lamp,", ",Lamps,")]))

    assert "no category 'lamps'" in office.reason()
    assert "Did you mean 'lamp'?" in office.reason()
