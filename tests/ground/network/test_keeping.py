"""Networks on disk: the same to the last bit, the old one or the new one, and never a damaged one."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest
from drawn import DAY, LAT, LON, drawn_parts, parts_of, streets_of
from hypothesis import HealthCheck, assume, given, settings

from shancheng.ground.network.assembly import assemble
from shancheng.ground.network.errors import BuildError, KeptError
from shancheng.ground.network.keeping import load, read_kept, save
from shancheng.ground.network.network import Network


def small(walker: str = "adult", seconds: float = 10.0) -> Network:
    streets = streets_of([LON, LON + 0.001, LON + 0.002], [LAT] * 3, [[0, 1, 2], [1, 0]])
    return assemble(parts_of(streets, {walker: ([seconds] * 3, [seconds, np.inf, 1.0])}), day=DAY)


def same(one: Network, other: Network) -> bool:
    arrays = [field.name for field in dataclasses.fields(one) if isinstance(getattr(one, field.name), np.ndarray)]
    pairs = [(getattr(one, name), getattr(other, name)) for name in arrays]
    for walker, times in one.times.items():
        pairs += [(times.forward, other.times[walker].forward), (times.backward, other.times[walker].backward)]
    bits = all(a.dtype == b.dtype and a.tobytes() == b.tobytes() for a, b in pairs)
    return bits and list(one.times) == list(other.times) and one.manifest == other.manifest


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn_parts())
def test_what_is_loaded_is_what_was_saved_to_the_last_bit(tmp_path, parts):
    try:
        network = assemble(parts, day=DAY)
    except BuildError:
        assume(False)

    save(network, tmp_path / "kept")

    assert same(network, load(tmp_path / "kept"))


def test_a_network_takes_the_place_of_the_one_before_and_leaves_nothing_of_it(tmp_path):
    save(small(seconds=10.0), tmp_path)
    later = small(seconds=20.0)

    save(later, tmp_path)

    assert same(later, load(tmp_path))
    assert len(list(tmp_path.iterdir())) == 5


def test_loaded_arrays_may_be_written_on_like_built_ones(tmp_path):
    save(small(), tmp_path)

    network = load(tmp_path)

    assert all(
        getattr(network, field.name).flags.writeable
        for field in dataclasses.fields(network)
        if isinstance(getattr(network, field.name), np.ndarray)
    )


def test_the_manifest_can_be_read_alone(tmp_path):
    network = small()
    save(network, tmp_path)

    kept = read_kept(tmp_path)

    assert kept.walkers == ("adult",)
    assert kept.network == network.manifest


@pytest.mark.parametrize("step", range(5))
def test_writing_that_breaks_off_leaves_the_network_that_was_there(tmp_path, monkeypatch, step):
    before = small(seconds=10.0)
    save(before, tmp_path)
    left = [step]

    def breaks_off(handle: int, really=os.fsync) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        really(handle)

    monkeypatch.setattr(os, "fsync", breaks_off)
    with pytest.raises(KeptError, match="No space left on device"):
        save(small(seconds=20.0), tmp_path)
    monkeypatch.undo()

    assert same(before, load(tmp_path))


def test_a_network_that_was_only_half_written_is_refused(tmp_path):
    save(small(), tmp_path)
    (tmp_path / "manifest.json").rename(tmp_path / "manifest.json.half")

    with pytest.raises(KeptError, match=r"only half written: manifest.json is missing. Build the network again"):
        load(tmp_path)


def test_a_folder_without_a_network_is_named(tmp_path):
    with pytest.raises(KeptError, match="there is no network here"):
        load(tmp_path)
    with pytest.raises(KeptError, match=r"nowhere: there is no such folder"):
        load(tmp_path / "nowhere")


def table(folder: Path, name: str) -> Path:
    return next(folder.glob(f"{name}-*.parquet"))


@pytest.mark.parametrize("name", ["nodes", "edges", "points", "times"])
def test_a_damaged_table_is_named(tmp_path, name):
    save(small(), tmp_path)
    path = table(tmp_path, name)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)

    with pytest.raises(KeptError, match=rf"{name}-[0-9a-f]+\.parquet: this table is not what was written"):
        load(tmp_path)


def test_a_missing_table_is_named(tmp_path):
    save(small(), tmp_path)
    table(tmp_path, "points").unlink()

    with pytest.raises(KeptError, match=r"points-[0-9a-f]+\.parquet: this table of the network cannot be read"):
        load(tmp_path)


def test_a_manifest_that_was_changed_by_hand_is_refused(tmp_path):
    save(small(), tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace("2025-03-01", "2025-03-02"))

    with pytest.raises(KeptError, match="manifest was changed after it was written"):
        load(tmp_path)


def test_a_manifest_whose_spaces_were_changed_is_the_same_manifest(tmp_path):
    network = small()
    save(network, tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()), indent=4))

    assert same(network, load(tmp_path))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 1, "sha256": "", "content": {}}'])
def test_a_manifest_that_is_no_manifest_is_refused(tmp_path, text):
    save(small(), tmp_path)
    (tmp_path / "manifest.json").write_text(text)

    with pytest.raises(KeptError, match=r"manifest.json: the manifest (is damaged|was changed)"):
        load(tmp_path)


def test_another_format_is_refused_with_both_numbers(tmp_path):
    save(small(), tmp_path)
    path = tmp_path / "manifest.json"
    path.write_text(path.read_text().replace('"format": 1', '"format": 2'))

    with pytest.raises(KeptError, match="kept in format 2, and this programme reads format 1"):
        load(tmp_path)


def test_a_folder_of_other_things_is_not_written_into(tmp_path):
    (tmp_path / "thesis.odt").write_text("years of work")

    with pytest.raises(KeptError, match=r"other things in this folder, thesis.odt among them"):
        save(small(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]
