"""`shancheng open311` between two installations that are really there, and servers that would lead it astray."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.doors.standards.test_open311_clients import Endpoint
from tests.journeys.conftest import RunningHouse, shancheng

from shancheng.doors.standards.open311.exchange.remote import over_the_network
from shancheng.doors.standards.open311.reading import BYTES_MAX


@pytest.mark.slow
def test_a_second_installation_pulls_over_the_network_and_pushes_back(tmp_path: Path) -> None:
    other = RunningHouse(tmp_path / "other", "--no-day", "--scale", "0.1")
    other.stop()
    running = RunningHouse(tmp_path / "var", "--no-day", "--scale", "0.1")
    try:
        endpoint = Endpoint(running)
        number = endpoint.open()
        key = tmp_path / "key"
        key.write_text(running.command("token", "create", "--role", "intake"), encoding="utf-8")
        more = (endpoint.url, "--name", "first", "--key-file", str(key))
        home = ("--home", str(tmp_path / "other"))

        first = json.loads(shancheng(*home, "open311", "pull", *more, "--json"))
        again = json.loads(shancheng(*home, "open311", "pull", *more, "--json", "--form", "xml"))
        said = shancheng(*home, "open311", "push", *more)
        in_use = shancheng("--home", str(tmp_path / "var"), "open311", "pull", endpoint.url, code=1)
        nowhere = shancheng(*home, "open311", "pull", "http://127.0.0.1:9/v2", code=1)
        no_key = shancheng(*home, "open311", "push", endpoint.url, code=1)
    finally:
        running.stop()

    assert first == {"opened": 1, "updates": 0, "known": 0, "refused": 0, "reasons": {}}
    assert again == {"opened": 0, "updates": 0, "known": 1, "refused": 0, "reasons": {}}
    assert said.startswith("first: 0 requests opened there, 0 updates sent")
    assert "in use" in in_use
    assert "cannot be reached" in nowhere
    assert "api_key" in no_key
    book = json.loads((tmp_path / "other" / "open311" / "first.json").read_text("utf-8"))
    assert book["links"] == {number: {"matter": f"first.{number}", "sent": 1}}


class Astray(BaseHTTPRequestHandler):
    """Sends whoever asks somewhere else, or never comes to an end."""

    asked: list[tuple[str, str]]
    elsewhere = ""

    def do_GET(self) -> None:
        """GET"""
        self.asked.append(("GET", self.path))
        if self.path.startswith("/endless"):
            self.send_response(200)
            self.end_headers()
            for _ in range(BYTES_MAX // 65_536 + 2):
                self.wfile.write(b" " * 65_536)
            return
        if self.path.startswith("/here"):
            self._to("/endless.json")
        else:
            self._to(self.elsewhere)

    def do_POST(self) -> None:
        """POST"""
        self.asked.append(("POST", self.path))
        self._to("/here")

    def _to(self, where: str) -> None:
        self.send_response(302)
        self.send_header("location", where)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def astray() -> Iterator[str]:
    """The address of such a server."""
    Astray.asked = []
    server = HTTPServer(("127.0.0.1", 0), Astray)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.anyio
@pytest.mark.parametrize("elsewhere", ["http://127.0.0.2:9/stolen", "file:///etc/passwd", "https://other.example/"])
async def test_a_key_is_not_carried_to_another_server_by_a_redirect(astray: str, elsewhere: str) -> None:
    Astray.elsewhere = elsewhere

    answer = await over_the_network(f"{astray}/requests.json?api_key=secret", None, {})

    assert answer.status == 302
    assert Astray.asked == [("GET", "/requests.json?api_key=secret")]


@pytest.mark.anyio
async def test_a_post_is_not_sent_on_and_an_endless_answer_is_cut(astray: str) -> None:
    posted = await over_the_network(f"{astray}/requests.json", {"a": "b"}, {})
    endless = await over_the_network(f"{astray}/here", None, {})

    assert posted.status == 302
    assert [verb for verb, _ in Astray.asked] == ["POST", "GET", "GET"]
    assert len(endless.body) == BYTES_MAX + 1
