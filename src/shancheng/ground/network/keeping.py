"""Networks kept on disk: Parquet tables named by their content, and a manifest that is put in place last.

The manifest takes its place in one step when all that it names is on the disk, so a folder holds the old network or the
new one, however the writing ends. One at a time may write into a folder.
"""

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from shancheng.ground.network.errors import KeptError
from shancheng.ground.network.manifest import Manifest
from shancheng.ground.network.network import Network, WalkTimes

Columns = dict[str, npt.NDArray[Any]]

MANIFEST = "manifest.json"
FORMAT = 1
TABLES: Mapping[str, tuple[str, ...]] = {
    "nodes": ("lon", "lat", "height_m", "component", "node_osm"),
    "edges": ("edge_tail", "edge_head", "edge_kind", "edge_way", "edge_length_m", "edge_doubt"),
    "points": ("point_lon", "point_lat"),
}
"""Which arrays of a network each table holds. `edges` has the number of points besides, and the table `times` has two
columns for each walker, in the order of the manifest."""
OURS = re.compile(r"(nodes|edges|points|times)-[0-9a-f]{16}\.parquet")
HALF = ".half"
AGAIN = "Build the network again, or fetch its folder again."


@dataclass(frozen=True)
class KeptFile:
    """A table on the disk."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Kept:
    """What the manifest file says."""

    files: dict[str, KeptFile]
    walkers: tuple[str, ...]
    network: Manifest


class Sealed(msgspec.Struct, frozen=True):
    """The manifest file: its content and the digest of that, so that a change by hand is seen."""

    format: int
    sha256: str = ""
    content: msgspec.Raw = msgspec.Raw(b"{}")


def save(network: Network, folder: Path) -> None:
    """Write the network into the folder, which is made if need be; an older network there is replaced.

    Raises KeptError where the folder holds something else or cannot be written.
    """
    folder = Path(folder)
    try:
        _make_ready(folder)
        files = {name: _write(folder, name, columns) for name, columns in _tables(network).items()}
        content = msgspec.json.encode(Kept(files, tuple(network.times), network.manifest))
        sealed = Sealed(FORMAT, hashlib.sha256(content).hexdigest(), msgspec.Raw(content))
        _put(folder / MANIFEST, msgspec.json.format(msgspec.json.encode(sealed), indent=1))
        _tidy(folder, {file.name for file in files.values()})
    except OSError as fault:
        sentence = f"the network cannot be written here ({fault.strerror})."
        raise KeptError(
            folder, sentence, "Make room or choose another folder; what was there before is as it was."
        ) from fault


def load(folder: Path) -> Network:
    """The network kept in the folder, the same to the last bit.

    Raises KeptError where there is none, it was only half written, a file is missing, damaged or was changed, or the
    format is another one.
    """
    folder = Path(folder)
    kept = read_kept(folder)
    tables = {name: _read(folder, kept, name) for name in (*TABLES, "times")}
    columns = {column: tables[name][column] for name in TABLES for column in TABLES[name]}
    point_first = np.concatenate(([0], np.cumsum(tables["edges"]["points"]))).astype(np.int64)
    times = {
        walker: WalkTimes(tables["times"][f"forward_{place}"], tables["times"][f"backward_{place}"])
        for place, walker in enumerate(kept.walkers)
    }
    return Network(point_first=point_first, times=times, manifest=kept.network, **columns)


def read_kept(folder: Path) -> Kept:
    """The manifest of the network in the folder, without its tables; raises KeptError as `load` does."""
    path = Path(folder) / MANIFEST
    try:
        text = path.read_bytes()
    except OSError as fault:
        raise KeptError(Path(folder), _why_none(Path(folder)), AGAIN) from fault
    try:
        sealed = msgspec.json.decode(text, type=Sealed)
        if sealed.format != FORMAT:
            sentence = f"this network is kept in format {sealed.format}, and this programme reads format {FORMAT}."
            raise KeptError(path, sentence, "Build it again with this programme.")
        content = msgspec.json.format(bytes(sealed.content), indent=-1)
        if hashlib.sha256(content).hexdigest() != sealed.sha256:
            raise KeptError(path, "the manifest was changed after it was written.", AGAIN)
        return msgspec.json.decode(content, type=Kept)
    except msgspec.DecodeError as fault:
        raise KeptError(path, f"the manifest is damaged ({fault}).", AGAIN) from fault


def _why_none(folder: Path) -> str:
    if not folder.is_dir():
        return "there is no such folder."
    if any(OURS.match(path.name) or path.name.startswith(MANIFEST) for path in folder.iterdir()):
        return f"the network here was only half written: {MANIFEST} is missing."
    return f"there is no network here: {MANIFEST} is missing."


def _make_ready(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    others = [path.name for path in folder.iterdir() if not (OURS.match(path.name) or path.name.startswith(MANIFEST))]
    if others and not (folder / MANIFEST).exists():
        sentence = f"there are other things in this folder, {sorted(others)[0]} among them."
        raise KeptError(folder, sentence, "Choose an empty or new folder for the network.")


def _tables(network: Network) -> dict[str, Columns]:
    tables = {name: {column: getattr(network, column) for column in TABLES[name]} for name in TABLES}
    tables["edges"]["points"] = np.diff(network.point_first)
    tables["times"] = {
        f"{way}_{place}": getattr(times, way)
        for place, times in enumerate(network.times.values())
        for way in ("forward", "backward")
    }
    return tables


def _write(folder: Path, name: str, columns: Columns) -> KeptFile:
    """Write a table beside its place, then name it by what is in it."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd", use_dictionary=False)
    content = sink.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    file = KeptFile(f"{name}-{digest[:16]}.parquet", digest)
    _put(folder / file.name, content)
    return file


def _put(path: Path, content: bytes) -> None:
    """The content at the path, wholly or not at all, and on the disk when this returns."""
    half = path.with_name(path.name + HALF)
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)
    entry = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(entry)
    finally:
        os.close(entry)


def _tidy(folder: Path, current: set[str]) -> None:
    """Remove the tables of older networks and what was left half written."""
    for path in folder.iterdir():
        if OURS.match(path.name) and path.name not in current:
            path.unlink()


def _read(folder: Path, kept: Kept, name: str) -> Columns:
    if name not in kept.files or not OURS.fullmatch(kept.files[name].name):
        raise KeptError(folder / MANIFEST, f"the manifest names no table of {name}.", AGAIN)
    file = kept.files[name]
    path = folder / file.name
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise KeptError(path, "this table of the network cannot be read or is missing.", AGAIN) from fault
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise KeptError(path, "this table is not what was written; it is damaged or was changed.", AGAIN)
    table = pq.read_table(pa.BufferReader(content), pre_buffer=False)
    return {column: np.array(table[column].combine_chunks()) for column in table.column_names}
