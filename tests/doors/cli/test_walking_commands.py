"""`shancheng network` and `shancheng reach` as a planner uses them, on the invented city."""

import csv
import json
import re

import numpy as np
import pyarrow.parquet as pq
import pyogrio
import pytest
from PIL import Image

from shancheng.app import main


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A folder with the smallest invented city and its network, made by the commands themselves."""
    folder = tmp_path_factory.mktemp("walking")
    assert main(["network", "invent", str(folder), "--scale", "0.1", "--seed", "3", "--json"]) == 0
    built = ["network", "build", str(folder / "streets.osm.pbf"), "--relief", str(folder / "relief.tif"), "--json"]
    walkers = [word for key in ("adult", "wheelchair-strict", "wheelchair-lenient") for word in ("--walker", key)]
    assert main([*built, "--out", str(folder / "network"), *walkers]) == 0
    return folder


@pytest.fixture
def asked(town, capsys):
    """Runs a command on the town; exit code, answer and complaints."""

    def ask(*words):
        capsys.readouterr()
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return ask


def points(town):
    return ("--homes", town / "homes.csv", "--facilities", town / "facilities.csv")


def test_a_network_tells_what_it_was_made_from_and_what_to_mistrust(town, asked):
    code, out, err = asked("network", "info", town / "network")

    assert code == 0
    assert "from streets.osm.pbf, relief.tif" in out
    assert re.search(r"adult +[\d.]+ km open", out)
    assert "hold no height" in err
    assert re.search(r"1 islands in the network, \d+ of its \d+ nodes.*First seen at", err)


def test_who_lacks_what_is_told_and_written_and_drawn(town, asked, tmp_path):
    files = ("--out", tmp_path / "reach.csv", "--map", tmp_path / "map.html")

    code, out, _ = asked("reach", town / "network", *points(town), *files)

    assert code == 0
    assert re.search(r"pharmacy +[\d.]+% have it, [\d,]+ people lack it", out)
    rows = list(csv.DictReader((tmp_path / "reach.csv").open(encoding="utf-8")))
    assert {"id", "people", "minutes_pharmacy", "facility_pharmacy", "lacks"} <= rows[0].keys()
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert "Who lacks what" in page
    assert not re.search(r"""(src|href)=["']?https?:""", page)


def test_the_same_answer_for_machines_and_in_every_form(town, asked, tmp_path):
    code, out, _ = asked(
        "reach", town / "network", *points(town), "--category", "pharmacy", "--json", "--out", tmp_path / "r.parquet"
    )
    asked("reach", town / "network", *points(town), "--category", "pharmacy", "--out", tmp_path / "r.gpkg")

    (lack,) = json.loads(out)["categories"]
    table = pq.read_table(tmp_path / "r.parquet")
    assert code == 0 and lack["category"] == "pharmacy"
    assert json.loads(table.schema.metadata[b"geo"])["primary_column"] == "geometry"
    within = sum(
        people
        for people, minutes in zip(table["people"].to_pylist(), table["minutes_pharmacy"].to_pylist(), strict=True)
        if minutes is not None and minutes <= 15
    )
    assert within == lack["people_within"]
    assert pyogrio.read_info(tmp_path / "r.gpkg")["features"] == table.num_rows


def test_homes_near_the_border_of_the_streets_are_counted_and_marked_in_the_file(town, asked, tmp_path):
    words = ("reach", town / "network", *points(town), "--category", "pharmacy")

    _, _, err = asked(*words, "--out", tmp_path / "r.csv", "--map", tmp_path / "map.html")
    _, out, _ = asked(*words, "--json", "--out", tmp_path / "r.gpkg")

    rows = list(csv.DictReader((tmp_path / "r.csv").open(encoding="utf-8")))
    near = [row for row in rows if row["near_border"] == "true"]
    assert 0 < len(near) < len(rows)
    people = sum(float(row["people"]) for row in near)
    assert f"{len(near)} homes, {people:,.0f} people, lie within 1,250 m of the border of the streets" in err
    assert "border of the streets" in (tmp_path / "map.html").read_text(encoding="utf-8")
    found = json.loads(out)
    assert (found["homes_near_border"], found["people_near_border"]) == (len(near), people)
    assert 0 < found["categories"][0]["people_lacking_near_border"] <= people
    _, _, _, columns = pyogrio.raw.read(tmp_path / "r.gpkg", columns=["near_border"], read_geometry=False)
    assert columns[0].sum() == len(near)


def test_a_map_as_a_picture(town, asked, tmp_path):
    code, *_ = asked("reach", town / "network", *points(town), "--map", tmp_path / "map.png", "--map-of", "pharmacy")

    assert code == 0
    assert Image.open(tmp_path / "map.png").size[0] == 1600


def test_without_a_step_three_answers_add_up_to_all_people(town, asked):
    _, out, _ = asked("reach", town / "network", *points(town), "--step-free", "--json")

    found = json.loads(out)
    for answers in found["step_free"].values():
        assert sum(answers.values()) == found["people"]


@pytest.mark.slow
def test_dask_gives_the_very_file_that_one_process_gives(town, asked, tmp_path):
    alone, spread = tmp_path / "alone.csv", tmp_path / "spread.csv"
    asked("reach", town / "network", *points(town), "--nearest", "2", "--out", alone)

    code, _, err = asked(
        "reach", town / "network", *points(town), "--nearest", "2", "--out", spread, "--dask", "local", "--tiles", "900"
    )

    assert code == 0, err
    assert spread.read_bytes() == alone.read_bytes()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--category", "opera"), "No facility is of category 'opera'"),
        (("--walker", "pram"), "no walker 'pram'"),
        (("--minutes", "0"), "0 minutes cannot be asked for"),
        (("--out", "reach.doc"), "a layer cannot end in '.doc'"),
        (("--map", "map.gif"), "a map ends in .png or .html"),
        (("--map", "map.png", "--map-of", "opera"), "no category 'opera' to draw"),
        pytest.param(
            ("--dask", "tcp://127.0.0.1:9"),
            "No scheduler of Dask answers at tcp://127.0.0.1:9",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_cannot_be_done_gets_a_sentence(town, asked, words, sentence):
    code, _, err = asked("reach", town / "network", *points(town), *words)

    assert code == 1
    assert sentence in err
    assert "Traceback" not in err


def test_a_facility_in_the_sea_and_rows_that_are_wrong_are_said_with_their_place(town, asked, tmp_path):
    odd = tmp_path / "odd.csv"
    odd.write_text("id,lon,lat,category\nwreck,150.0,-30.0,pharmacy\nnowhere,,29.5,pharmacy\n", encoding="utf-8")

    code, _, err = asked("reach", town / "network", "--homes", town / "homes.csv", "--facilities", odd)

    assert code == 0
    assert "odd.csv, line 3, 'nowhere': lon is empty." in err
    assert "Facility 'wreck' at 150.000000, -30.000000: the nearest street this walker may use is" in err
    assert "Category 'pharmacy' has no facility on the streets: everybody lacks it." in err


def test_an_extract_that_was_cut_short_is_no_network(town, asked, tmp_path):
    cut = tmp_path / "cut.osm.pbf"
    cut.write_bytes((town / "streets.osm.pbf").read_bytes()[:5000])

    code, _, err = asked("network", "build", cut, "--out", tmp_path / "network")

    assert code == 1
    assert "cut.osm.pbf" in err
    assert not (tmp_path / "network").exists()


def test_parks_are_reached_at_their_gates_and_walls_without_a_gate_are_named(town, asked, tmp_path):
    gates = tmp_path / "gates.csv"

    code, out, err = asked(
        "network", "gates", town / "streets.osm.pbf", "--areas", town / "areas.geojson", "--out", gates
    )
    _, told, _ = asked("reach", town / "network", *points(town), "--facilities", gates, "--category", "park")

    assert code == 0
    assert re.search(r"\d+ entrances, \d+ of them mapped as gates", out)
    assert "it has no gate" in err or "closed to this walker" in err
    assert re.search(r"park +[\d.]+% have it", told)


def test_where_to_build_is_told_with_how_sure_it_is(town, asked, tmp_path):
    words = ("--candidates", town / "sites.csv", "--category", "health-centre", "--count", "2")

    code, out, _ = asked("site", town / "network", *points(town), *words)
    _, told, _ = asked("site", town / "network", *points(town), *words, "--json", "--out", tmp_path / "sites.gpkg")

    assert code == 0
    assert re.search(r"health-centre, adult, 15 min: 2 new sites, (proven best|at most [\d.]+% from the best)", out)
    found = json.loads(told)
    assert found["people_after"] > found["people_before"]
    assert pyogrio.read_info(tmp_path / "sites.gpkg")["features"] == 2


def test_which_stairs_and_lifts_to_build_is_told_in_turn(town, asked, tmp_path):
    words = ("--links", town / "links.csv", "--count", "3")

    code, out, _ = asked("site", town / "network", *points(town), *words, "--out", tmp_path / "links.csv")

    assert code == 0
    assert re.search(r" 1 L\d+ +(stairs|lift|bridge) +saves [\d,]+ person-minutes.*; next best L\d+: [\d,]+", out)
    assert re.search(r"Together they save [\d,]+ of the [\d,]+ person-minutes that all \d+ links would, for", out)
    rows = list(csv.DictReader((tmp_path / "links.csv").open(encoding="utf-8")))
    assert sorted(row["build_turn"] for row in rows if row["build_turn"] != "0") == ["1", "2", "3"]
    assert all((row["build_turn"] != "0") == bool(row["saved_in_turn"] and row["runner_up"]) for row in rows)


def test_links_for_machines_say_what_each_adds_and_how_sure_the_choice_is(town, asked):
    words = ("--links", town / "links.csv", "--count", "3", "--json")

    _, out, _ = asked("site", town / "network", *points(town), *words)

    found = json.loads(out)
    saved = [built["person_minutes_saved"] for built in found["built"]]
    assert sum(saved) == pytest.approx(found["saved_together"])
    assert found["saved_together"] <= found["saved_by_all"]
    assert all(built["runner_up"] and built["person_minutes_alone"] > 0 for built in found["built"])
    assert (found["gap"] is None) == (found["bound"] is None) == found["helped"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Say what may be built: sites with --candidates, or links with --links"),
        (("--candidates", "{town}/sites.csv"), "Sites are chosen for one category at a time"),
        (("--candidates", "{town}/sites.csv", "--category", "bank"), "Neither a number of sites nor a budget is given"),
        (("--candidates", "{town}/homes.csv", "--category", "bank", "--count", "9999"), "new sites are asked for"),
        (("--links", "{town}/homes.csv"), "has no column kind"),
        (("--links", "{town}/links.csv", "--count", "0"), "0 links cannot be chosen; ask for 1 to 200 of them"),
        (("--links", "{town}/links.csv", "--budget", "-1"), "A budget of -1 buys nothing; give 0 or more, or none."),
    ],
)
def test_a_question_about_sites_that_cannot_be_answered_gets_a_sentence(town, asked, words, sentence):
    code, _, err = asked("site", town / "network", *points(town), *(word.format(town=town) for word in words))

    assert code == 1
    assert sentence in err
    assert "Traceback" not in err


def test_points_in_a_shifted_datum_are_said_to_look_like_it(town, asked, tmp_path):
    from shancheng.ground.datum import from_wgs84

    rows = list(csv.DictReader((town / "homes.csv").open(encoding="utf-8")))
    lon, lat = (np.array([float(row[name]) for row in rows]) for name in ("lon", "lat"))
    east, north = from_wgs84(lon, lat, "gcj02")
    lines = [
        f"{row['id']},{x!r},{y!r},{row['people']}"
        for row, x, y in zip(rows, east.tolist(), north.tolist(), strict=True)
    ]
    shifted = tmp_path / "shifted.csv"
    shifted.write_text("\n".join(["id,lon,lat,people", *lines, ""]), encoding="utf-8")

    _, _, err = asked("reach", town / "network", "--homes", shifted, "--facilities", town / "facilities.csv")

    assert "shifted.csv: these 547 points look like GCJ-02, not WGS-84" in err
