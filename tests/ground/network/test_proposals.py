"""Sites and links that may be built, from files with good and bad rows."""

import math

import numpy as np
import pytest

from shancheng.ground.network.layer import LayerError
from shancheng.ground.network.proposals import read_candidates, read_proposals

LINKS = "id,kind,from_lon,from_lat,to_lon,to_lat,minutes_there,minutes_back,cost\n"


def written(folder, text):
    path = folder / "proposed.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_sites_are_read_with_cost_and_capacity_where_known(tmp_path):
    path = written(tmp_path, "id,lon,lat,cost,capacity\na,7.4,43.7,120,300\nb,7.5,43.8,,\n")

    found = read_candidates(path)

    assert found.ids == ("a", "b")
    assert found.cost.tolist() == [120.0, 0.0]
    assert found.capacity[0] == 300 and math.isnan(found.capacity[1])


def test_a_site_with_a_negative_cost_is_refused_with_its_line(tmp_path):
    path = written(tmp_path, "id,lon,lat,cost\na,7.4,43.7,-1\nb,7.5,43.8,2\n")

    found = read_candidates(path)

    assert found.ids == ("b",)
    assert "line 2, 'a': cost is -1; it cannot be less than 0." in found.report.sentences[0]


def test_a_link_takes_as_long_back_as_there_where_only_one_is_measured(tmp_path):
    path = written(tmp_path, LINKS + "a,stairs,7.4,43.7,7.41,43.7,3,,10\nb,lift,7.4,43.7,7.41,43.7,,,\n")

    found = read_proposals(path)

    assert found.kind == ("stairs", "lift")
    assert found.minutes_back[0] == 3
    assert np.isnan([found.minutes_there[1], found.minutes_back[1]]).all()


def test_a_link_of_a_kind_nobody_builds_and_one_without_an_end_are_refused_with_every_reason(tmp_path):
    path = written(tmp_path, LINKS + "a,rope,7.4,43.7,7.41,43.7,,,\nb,gate,7.4,43.7,,43.7,,,\nc,gate,7,43,7,43.01,,,\n")

    found = read_proposals(path)

    assert found.ids == ("c",)
    assert "the kind 'rope' is none of stairs, ramp" in found.report.sentences[0]
    assert "to_lon is empty" in found.report.sentences[1]


def test_a_file_of_links_without_kinds_is_refused_by_the_name_of_the_column(tmp_path):
    path = written(tmp_path, "id,from_lon,from_lat,to_lon,to_lat\na,7.4,43.7,7.41,43.7\n")

    with pytest.raises(LayerError, match="no column kind"):
        read_proposals(path)
