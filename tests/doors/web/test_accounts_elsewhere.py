"""Signing in at an OpenID provider that really runs, and everything that must not get in that way."""

import base64
import hmac
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from tests.doors.web.pages import words_of
from tests.doors.web.people import People
from tests.doors.web.provider import InsistsOnPkce, consent, provider
from tests.loop.world import QUAY

from shancheng.doors.web.account_oidc import ALGORITHMS, GOING_SECONDS, Elsewhere, NotVouched, believed
from shancheng.doors.web.account_provider import ClaimRole, Provider, ProviderFaulty, read_provider, values_of
from shancheng.loop.rules import Rules

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
ROLES = (
    ClaimRole(claim="groups", value="leaders", role="leader"),
    ClaimRole(claim="groups", value="ops-quay", role="operator", place="EQ"),
)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[str, InsistsOnPkce]]:
    """One provider for all stories."""
    with provider() as found:
        yield found


@pytest.fixture
def people(rules: Rules, tmp_path: Path, running: tuple[str, InsistsOnPkce]) -> People:
    """Closed pages that send people to the provider."""
    made = People(rules, tmp_path)
    made.wall = int(time.time())
    described = Provider(
        name={"zh": "统一认证", "en": "City sign-on"},
        issuer=running[0],
        client_id="shancheng",
        address="https://pages",
        role=ROLES,
    )
    made.signing.elsewhere = Elsewhere(described, "a secret", now=lambda: made.wall)
    return made


async def leave(people: People, then: str = "/en/desk/list") -> str:
    """The address at the provider that somebody is sent to."""
    page = await people.get(f"/en/sign-in?then={then}")
    assert "City sign-on" in words_of(page)
    answer = await people.get(f"/en/sign-in/elsewhere?then={then}")
    assert answer.status_code == 303
    return answer.headers["location"]


async def come(people: People, who: str, then: str = "/en/desk/list") -> Any:
    """The answer to somebody who went to the provider and comes back."""
    back = urlsplit(await consent(await leave(people, then), who))
    assert (back.netloc, back.path) == ("pages", "/zh/sign-in/back")
    return await people.get(f"{back.path}?{back.query}")


async def test_somebody_the_provider_knows_comes_in_with_the_role_of_its_groups(people: People) -> None:
    async with people:
        answer = await come(people, "sub-li")

        assert (answer.status_code, answer.headers["location"]) == (303, "/en/desk/list")
        assert await people.status(f"/en/desk/board/{QUAY}") == 200
        (account,) = people.signing.accounts.all()
        assert (account.actor.role, account.actor.places, account.note) == ("operator", (QUAY,), "李娜")
        assert account.hash == "" and "sub-li" not in account.subject


async def test_the_first_line_that_fits_gives_the_role_and_nobody_else_comes_in(people: People) -> None:
    async with people:
        await come(people, "sub-chief")
        stranger = People.status(people, "/en/desk/list")
        assert await stranger == 200
        people.browser = people.new_browser()
        answer = await come(people, "sub-guest")

        assert answer.status_code == 403 and "no role here" in words_of(answer)
        assert [account.actor.role for account in people.signing.accounts.all()] == ["leader"]


async def test_the_same_person_keeps_the_account_and_a_changed_group_changes_the_role(people: People) -> None:
    async with people:
        await come(people, "sub-li")
        first = people.browser
        people.browser = people.new_browser()
        elsewhere = people.signing.elsewhere
        assert elsewhere is not None
        narrower = (ClaimRole(claim="groups", value="staff", role="verifier", place="EQ"),)
        elsewhere.provider = Provider(**{**_fields(elsewhere.provider), "role": narrower})
        await come(people, "sub-li")

        (account,) = people.signing.accounts.all()
        assert account.actor.role == "verifier"
        assert (await first.get("/en/desk/list")).status_code == 303, "the session of the old role is over"


async def test_a_disabled_account_stays_out_whatever_the_provider_says(people: People) -> None:
    async with people:
        await come(people, "sub-li")
        people.signing.accounts.disable(people.signing.accounts.all()[0].name, people.wall)
        people.browser = people.new_browser()

        assert (await come(people, "sub-li")).status_code == 403


async def test_an_account_of_the_provider_has_no_password(people: People) -> None:
    async with people:
        await come(people, "sub-li")
        name = people.signing.accounts.all()[0].name
        people.browser = people.new_browser()

        assert (await people.enter(name, "x")).status_code == 422


async def test_no_answer_gets_in_twice_or_in_another_browser_or_with_another_state(people: People) -> None:
    async with people:
        url = await leave(people)
        back = urlsplit(await consent(url, "sub-li"))
        stranger = people.new_browser()
        swapped = f"{back.path}?{back.query}".replace("state=", "state=x")

        assert (await stranger.get(f"{back.path}?{back.query}")).status_code == 403
        assert (await people.get(swapped)).status_code == 403
        assert (await people.get(f"{back.path}?{back.query}")).status_code == 303
        assert (await people.get(f"{back.path}?{back.query}")).status_code == 403
        assert len(people.signing.accounts.all()) == 1


async def test_a_code_that_was_stolen_is_worth_nothing_without_its_verifier(
    people: People, running: tuple[str, InsistsOnPkce]
) -> None:
    async with people:
        elsewhere, refused = people.signing.elsewhere, running[1].refused
        assert elsewhere is not None
        url, _ = await elsewhere.way("/en/desk", "en")
        back = urlsplit(await consent(url, "sub-li"))
        query = dict(part.split("=", 1) for part in back.query.split("&"))
        _, other = await elsewhere.way("/en/desk", "en")
        with pytest.raises(NotVouched, match="not redeemed"):
            await elsewhere.claims(other, {"code": query["code"], "state": other.state})

        assert running[1].refused == refused + 1


@pytest.mark.parametrize(
    ("seconds", "answer", "reason"),
    [
        (GOING_SECONDS, {"code": "x"}, "too long"),
        (0, {"error": "access_denied"}, "access_denied"),
        (0, {"code": "x", "iss": "https://evil.example"}, "another issuer"),
        (0, {"code": "never-given"}, "not redeemed"),
    ],
)
async def test_what_comes_back_wrong_is_not_believed(
    people: People, seconds: int, answer: dict[str, str], reason: str
) -> None:
    elsewhere = people.signing.elsewhere
    assert elsewhere is not None
    _, going = await elsewhere.way("/en/desk", "en")
    people.wall += seconds

    with pytest.raises(NotVouched, match=reason):
        await elsewhere.claims(going, {"state": going.state} | answer)


async def test_a_refusal_at_the_provider_is_a_page_that_leads_back(people: People) -> None:
    async with people:
        back = urlsplit(await consent(await leave(people), ""))
        answer = await people.get(f"{back.path}?{back.query or 'error=access_denied'}")

        assert answer.status_code == 403
        assert "sc_session" not in str(answer.headers)


@pytest.mark.parametrize("then", ["https://evil.example", "//evil.example", "/en/desk//evil.example", "/en/../x", ""])
async def test_coming_back_never_leads_elsewhere(people: People, then: str) -> None:
    async with people:
        assert (await come(people, "sub-li", then)).headers["location"] == "/en/desk"


async def test_a_provider_that_is_not_there_is_a_page_and_no_fault(people: People) -> None:
    async with people:
        elsewhere = people.signing.elsewhere
        assert elsewhere is not None
        elsewhere.provider = Provider(**{**_fields(elsewhere.provider), "issuer": "http://localhost:1"})

        assert (await people.get("/en/sign-in/elsewhere")).status_code == 403
        assert people.faults == {}


async def test_secrets_of_signing_in_elsewhere_never_reach_the_log(
    people: People, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "shancheng")
    async with people:
        back = urlsplit(await consent(await leave(people), "sub-li"))
        await people.get(f"{back.path}?{back.query}")
        await people.get(f"{back.path}?{back.query}")
        code = dict(part.split("=", 1) for part in back.query.split("&"))["code"]

        said = "\n".join(record.getMessage() for record in caplog.records)
        assert "signed in by elsewhere" in said and "failed" in said
        assert code not in said and "a secret" not in said


def _fields(provider: Provider) -> dict[str, Any]:
    return {name: getattr(provider, name) for name in provider.__struct_fields__}


# What an ID token must be, one thing wrong at a time.

NOW = 1_790_000_000
KEY = RSAKey.generate_key(2048, parameters={"kid": "one"})
STRANGER = RSAKey.generate_key(2048, parameters={"kid": "one"})
US = Provider(name={}, issuer="https://id.example", client_id="us", address="https://pages", role=ROLES)
UNSIGNED, BY_SECRET = b'{"alg":"none"}', b'{"alg":"HS256","kid":"one"}'
GOOD: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "li",
    "aud": "us",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "n1",
}


def token_of(claims: dict[str, Any], key: Any = KEY, algorithm: str = "RS256") -> dict[str, str]:
    """A token with these claims."""
    return {"id_token": jwt.encode({"alg": algorithm, "kid": "one"}, claims, key, algorithms=[algorithm])}


def believe(token: dict[str, str]) -> dict[str, Any]:
    """The claims, where the token is believed."""
    return believed(token, KeySet([KEY]), US, "n1", NOW)


def test_a_token_that_is_all_right_is_believed() -> None:
    assert believe(token_of(GOOD))["sub"] == "li"
    assert believe(token_of(GOOD | {"aud": ["us", "them"], "azp": "us"}))["sub"] == "li"


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://evil.example"},
        {"aud": "them"},
        {"aud": ["us", "them"], "azp": "them"},
        {"exp": NOW - 3600},
        {"iat": NOW + 3600},
        {"nonce": "n2"},
        {"nonce": None},
        {"sub": None},
        {"exp": None},
        {"at_hash": "x", "access": "y"},
    ],
)
def test_a_token_with_one_thing_wrong_is_not_believed(wrong: dict[str, Any]) -> None:
    claims = {name: value for name, value in (GOOD | wrong).items() if value is not None}
    token = token_of(claims) | ({"access_token": "y"} if "access" in wrong else {})

    with pytest.raises((JoseError, ValueError)):
        believe(token)


def test_a_token_signed_by_another_or_by_a_secret_or_not_at_all_is_not_believed() -> None:
    claims = token_of(GOOD)["id_token"].split(".")[1]
    unsigned = {"id_token": f"{_part(UNSIGNED)}.{claims}."}
    begun = f"{_part(BY_SECRET)}.{claims}"
    by_secret = hmac.digest(KEY.as_pem(private=False), begun.encode(), "sha256")
    confused = {"id_token": f"{begun}.{_part(by_secret)}"}

    for token in (token_of(GOOD, STRANGER), confused, unsigned, {"id_token": "a.b.c"}):
        with pytest.raises((JoseError, ValueError)):
            believe(token)
    assert not any(name.startswith("HS") or name == "none" for name in ALGORITHMS)


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def test_claims_are_found_in_lists_and_objects() -> None:
    claims = {"one": "a", "many": ["a", "b", 3], "realm_access": {"roles": ["c"]}, "https://x.example/groups": ["d"]}

    assert values_of(claims, "one") == ("a",)
    assert values_of(claims, "many") == ("a", "b")
    assert values_of(claims, "realm_access.roles") == ("c",)
    assert values_of(claims, "https://x.example/groups") == ("d",)
    assert values_of(claims, "none") == values_of(claims, "one.more") == ()


def test_a_description_of_a_provider_is_read_with_its_secret(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "provider.secret").write_text("s3cret\n")
    (tmp_path / "sign-in.toml").write_text(
        '[provider]\nname = { en = "Sign-on" }\nissuer = "https://id.example"\nclient_id = "us"\n'
        'address = "https://pages"\nsecret_file = "provider.secret"\n'
        '[[provider.role]]\nclaim = "groups"\nvalue = "a"\nrole = "operator"\nplace = "EQ"\n'
    )
    found = read_provider(tmp_path, rules)

    assert found is not None
    assert (found[0].back, found[1]) == ("https://pages/zh/sign-in/back", "s3cret")
    assert read_provider(tmp_path / "none", rules) is None


def test_every_fault_of_a_description_is_told_at_once(rules: Rules, tmp_path: Path) -> None:
    (tmp_path / "sign-in.toml").write_text(
        '[provider]\nname = { en = "Sign-on" }\nissuer = "http://id.example"\nclient_id = "us"\n'
        'address = "pages"\nsecret_file = "none"\nscopes = ["profile"]\n'
        '[[provider.role]]\nclaim = "groups"\nvalue = "a"\nrole = "operatr"\n'
        '[[provider.role]]\nclaim = "groups"\nvalue = "b"\nrole = "operator"\nplace = "XX"\n'
        '[[provider.role]]\nclaim = "groups"\nvalue = "c"\nrole = "system"\n'
    )
    with pytest.raises(ProviderFaulty) as told:
        read_provider(tmp_path, rules)

    text = str(told.value)
    for each in ("issuer", "address", "openid", "secret_file", "'operatr'", "'XX'", "'system'"):
        assert each in text


async def test_signing_out_here_leads_on_to_signing_out_there(people: People) -> None:
    async with people:
        await come(people, "sub-li")
        left = await people.send(await people.get("/en/account"), "/sign-out")
        there = await people.get("/en/sign-out/elsewhere")
        again = await people.get("/en/sign-out/elsewhere")

        assert left.status_code == 200 and 'content="0; url=/en/sign-out/elsewhere"' in left.text
        asked = parse_qs(urlsplit(there.headers["location"]).query)
        assert urlsplit(there.headers["location"]).path == "/oauth2/end_session"
        assert asked["id_token_hint"][0].count(".") == 2
        assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (["shancheng"], ["https://pages/en/sign-in"])
        assert again.headers["location"] == "/en/sign-in", "the way there is good once"
        assert await people.status("/en/desk/list") == 303
        assert asked["id_token_hint"][0] not in (people.folder / "sessions.json").read_text("utf-8")


async def test_whoever_signed_in_with_a_password_is_sent_nowhere_else(people: People) -> None:
    async with people:
        people.person("li")
        await people.enter()
        left = await people.send(await people.get("/en/account"), "/sign-out")

        assert (left.status_code, left.headers["location"]) == (303, "/en/")


@pytest.mark.parametrize(("who", "status"), [("sub-li", 303), ("sub-remembered", 403)])
async def test_what_is_sealed_asks_the_provider_to_ask_anew(people: People, who: str, status: int) -> None:
    async with people:
        matter = await people.report_with_contact()
        path = f"/en/desk/matters/{matter}/sealed"
        await come(people, who)
        people.wall += 700
        page = await people.get(f"/en/sign-in?again=1&then={path}")
        assert "again=1" in page.text
        people.wall = int(time.time())
        way = (await people.get(f"/en/sign-in/elsewhere?then={path}&again=1")).headers["location"]
        asked = parse_qs(urlsplit(way).query)

        assert (asked["prompt"], asked["max_age"]) == (["login"], ["0"])
        back = urlsplit(await consent(way, who))
        answer = await people.get(f"{back.path}?{back.query}")
        assert answer.status_code == status
        assert ('name="purpose"' in (await people.get(path)).text) is (status == 303)
