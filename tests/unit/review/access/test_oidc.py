"""The login at an OpenID Connect provider, against a small one that can be told to misbehave."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pydantic
import pytest
from joserfc import jwt
from yarl import URL

from processor.review.access.users import User
from processor.review.values import Role
from tests.unit.review.access.issuer import CLIENT, CLIENT_SECRET, KEY, OTHER, Issuer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from aiohttp import ClientResponse

    from processor.config import Settings
    from tests.unit.review.access.conftest import Browser, Clock, Serving

URL_HERE = "http://127.0.0.1:8090"


@pytest.fixture
async def provider(clock: Clock) -> AsyncIterator[Issuer]:
    async with Issuer(clock) as made:
        yield made


def _with(settings: Settings, provider: Issuer, **more: Any) -> Settings:
    return settings.model_copy(
        update={
            "review_url": URL_HERE,
            "review_oidc_issuer": provider.address,
            "review_oidc_client": CLIENT,
            "review_oidc_secret": pydantic.SecretStr(CLIENT_SECRET),
            "review_oidc_role": "reviewer",
            **more,
        }
    )


async def _start(browser: Browser, provider: Issuer, then: str = "/who") -> dict[str, str]:
    """Go to the provider; what the browser brings it."""
    sent = await browser.get("/oidc/start", params={"next": then})
    assert sent.status == 303
    address = URL(sent.headers["Location"])
    assert str(address.with_query(None)) == provider.address + "/authorize"
    provider.asked.append(dict(address.query))
    return provider.asked[-1]


async def _come(browser: Browser, provider: Issuer, then: str = "/who", **query: str) -> ClientResponse:
    """Go to the provider, and come back."""
    sent = await _start(browser, provider, then)
    return await browser.get("/oidc/callback", params={"code": "good", "state": sent["state"], **query})


async def test_who_comes_back_is_in(serving: Serving, given: Settings, provider: Issuer):
    browser = await serving(_with(given, provider))
    shown = await (await browser.get("/login?next=/who")).text()
    assert 'href="/oidc/start?next=/who"' in shown
    came = await _come(browser, provider)
    assert (came.status, came.headers["Location"]) == (303, "/who")
    found = await browser.who()
    assert found is not None
    assert (found["name"], found["role"]) == ("ann@example.org", "reviewer")
    (sent,) = provider.asked
    assert sent["redirect_uri"] == URL_HERE + "/oidc/callback"
    assert (sent["response_type"], sent["scope"]) == ("code", "openid email")
    assert [(each.what, each.by, each.about["how"]) for each in browser.access.gate.log.read()] == [
        ("login", "ann@example.org", "oidc")
    ]
    await browser.post("/logout", {"csrf": browser.csrf})
    assert await browser.who() is None


async def test_a_provider_that_is_gone_from_the_settings_has_nobody_in(
    serving: Serving, given: Settings, provider: Issuer
):
    browser = await serving(_with(given, provider))
    await _come(browser, provider)
    token = browser.cookie()
    assert token is not None
    for settings, is_in in ((_with(given, provider), True), (given, False)):
        again = await serving(settings)
        again.keep(token)
        assert (await again.who() is not None) is is_in


async def test_the_description_and_the_keys_are_asked_for_once_an_hour(
    serving: Serving, given: Settings, provider: Issuer, clock: Clock
):
    browser = await serving(_with(given, provider))
    for _ in range(2):
        assert (await _come(browser, provider)).status == 303
    assert sorted(provider.served) == ["/.well-known/openid-configuration", "/keys"]
    clock.at += 3601
    assert (await _come(browser, provider)).status == 303
    assert len(provider.served) == 4


async def test_a_new_key_is_looked_for(serving: Serving, given: Settings, provider: Issuer):
    browser = await serving(_with(given, provider))
    await _come(browser, provider)
    provider.published = [OTHER]
    provider.sign = lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, OTHER)
    assert (await _come(browser, provider)).status == 303


def _parts(algorithm: str, claims: dict[str, Any]) -> str:
    """A token before its signature."""
    return ".".join(_base64(json.dumps(each).encode()) for each in ({"alg": algorithm, "kid": "one"}, claims))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _unsigned(claims: dict[str, Any]) -> str:
    return _parts("none", claims) + "."


def _by_public_key(claims: dict[str, Any]) -> str:
    """The published key as a shared secret: the oldest trick."""
    made = _parts("HS256", claims)
    return made + "." + _base64(hmac.digest(KEY.as_pem(private=False), made.encode(), hashlib.sha256))


def _cut(claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)[:-8] + "AAAAAAAA"


@pytest.mark.parametrize(
    "change",
    [
        lambda claims: claims.update(nonce="another"),
        lambda claims: claims.pop("nonce"),
        lambda claims: claims.update(aud="another"),
        lambda claims: claims.update(aud=["another", "more"]),
        lambda claims: claims.update(aud=[CLIENT, "another"], azp="another"),
        lambda claims: claims.pop("aud"),
        lambda claims: claims.update(iss="https://evil.example"),
        lambda claims: claims.pop("iss"),
        lambda claims: claims.update(exp=claims["iat"] - 61),
        lambda claims: claims.pop("exp"),
        lambda claims: claims.update(iat=claims["iat"] + 3600),
        lambda claims: claims.pop("sub"),
        lambda claims: claims.update(email=["ann@example.org"]),
        lambda claims: claims.update(email="a\u202eb"),
        lambda claims: claims.update(email_verified=False),
        lambda claims: claims.update(email_verified="false"),
        lambda claims: claims.update(email_verified=None),
        lambda claims: claims.pop("email_verified"),
        lambda claims: claims.pop("email"),
    ],
)
async def test_a_token_that_does_not_hold_lets_nobody_in(
    serving: Serving, given: Settings, provider: Issuer, change: Callable[[dict[str, Any]], Any]
):
    provider.change = change
    browser = await serving(_with(given, provider))
    came = await _come(browser, provider)
    assert came.status == 401
    assert "login did not work" in await came.text()
    assert await browser.who() is None


@pytest.mark.parametrize(
    "sign",
    [
        _unsigned,
        _by_public_key,
        _cut,
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, OTHER),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "two"}, claims, OTHER),
        lambda _: "",
        lambda _: "a.b.c",
    ],
)
async def test_a_token_that_the_provider_did_not_sign_lets_nobody_in(
    serving: Serving, given: Settings, provider: Issuer, sign: Callable[[dict[str, Any]], str]
):
    provider.sign = sign
    browser = await serving(_with(given, provider))
    assert (await _come(browser, provider)).status == 401
    assert await browser.who() is None


@pytest.mark.parametrize(
    "query",
    [
        {"state": "another"},
        {"state": ""},
        {"code": "bad"},
        {"error": "access_denied"},
        {"iss": "https://evil.example"},
    ],
)
async def test_an_answer_that_does_not_fit_lets_nobody_in(
    serving: Serving, given: Settings, provider: Issuer, query: dict[str, str]
):
    browser = await serving(_with(given, provider))
    assert (await _come(browser, provider, **query)).status == 401
    assert await browser.who() is None


async def test_an_answer_counts_once_and_for_ten_minutes(serving: Serving, given: Settings, provider: Issuer, clock):
    browser = await serving(_with(given, provider))
    sent = await _start(browser, provider)
    back = {"code": "good", "state": sent["state"]}
    assert (await browser.get("/oidc/callback", params=back)).status == 303
    browser.forget()
    assert (await browser.get("/oidc/callback", params=back)).status == 401
    sent = await _start(browser, provider)
    clock.at += 601
    assert (await browser.get("/oidc/callback", params={"code": "good", "state": sent["state"]})).status == 401


async def test_nobody_is_logged_in_by_somebody_elses_answer(serving: Serving, given: Settings, provider: Issuer):
    settings = _with(given, provider)
    attacker, victim = await serving(settings), await serving(settings)
    sent = await _start(attacker, provider)
    back = {"code": "good", "state": sent["state"]}
    await victim.get("/login")
    assert (await victim.get("/oidc/callback", params=back)).status == 401
    assert await victim.who() is None


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/authorize"},
        {"authorization_endpoint": None},
    ],
)
async def test_a_provider_that_is_another_or_insecure_is_not_gone_to(
    serving: Serving, given: Settings, provider: Issuer, metadata: dict[str, Any]
):
    provider.metadata = metadata
    browser = await serving(_with(given, provider))
    assert (await browser.get("/oidc/start")).status == 401


@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri"])
async def test_no_code_is_sent_to_an_insecure_address(serving: Serving, given: Settings, provider: Issuer, name: str):
    provider.metadata = {name: "http://evil.example/"}
    browser = await serving(_with(given, provider))
    assert (await _come(browser, provider)).status == 401


async def test_a_provider_that_is_away_is_told(serving: Serving, given: Settings, provider: Issuer):
    browser = await serving(_with(given, provider, review_oidc_issuer="http://127.0.0.1:1"))
    answer = await browser.get("/oidc/start")
    assert answer.status == 401
    assert "the log says why" in await answer.text()
    assert (await browser.login()).status == 303  # those with a password still come in


@pytest.mark.parametrize(
    ("claim", "role"),
    [
        ("admin", "admin"),
        ("untuned-admin", "admin"),
        (["staff", "untuned:reviewer"], "reviewer"),
        (["untuned-reviewer", "admin"], "admin"),
        ("king", None),
        ([], None),
        (None, None),
        ({"admin": True}, None),
        ([["admin"]], None),
    ],
)
async def test_a_claim_may_give_the_role(serving: Serving, given: Settings, provider: Issuer, claim: Any, role: Any):
    provider.claims |= {"groups": claim}
    browser = await serving(_with(given, provider, review_oidc_role="", review_oidc_role_claim="groups"))
    came = await _come(browser, provider)
    assert came.status == (403 if role is None else 303)
    found = await browser.who()
    assert (found["role"] if found else None) == role


async def test_the_file_of_users_goes_before_the_claim_and_ends_sessions(
    serving: Serving, given: Settings, provider: Issuer
):
    provider.claims |= {"groups": "admin"}
    browser = await serving(_with(given, provider, review_oidc_role_claim="groups"))
    bound = User("ann@example.org", Role.REVIEWER, frozenset({"sort"}))
    browser.users.change(lambda users: users.update({bound.name: bound}))
    await _come(browser, provider)
    found = await browser.who()
    assert found is not None
    assert (found["role"], found["tasks"]) == ("reviewer", ["sort"])
    browser.users.change(lambda users: users.pop(bound.name))
    assert await browser.who() is None


async def test_whom_the_file_does_not_have_is_refused_unless_a_role_is_set(
    serving: Serving, given: Settings, provider: Issuer
):
    browser = await serving(_with(given, provider, review_oidc_role=""))
    came = await _come(browser, provider)
    assert came.status == 403
    assert "you may not use this application" in await came.text()


async def test_a_user_of_the_file_is_no_outsider_by_another_spelling(
    serving: Serving, given: Settings, provider: Issuer
):
    browser = await serving(_with(given, provider))
    browser.users.change(lambda users: users.update({"Ann@example.org": User("Ann@example.org")}))
    assert (await _come(browser, provider)).status == 403
    (told,) = browser.access.gate.log.read()
    assert (told.what, told.about["why"]) == ("refused", "the file of users has the name in another spelling")


async def test_a_broken_file_of_users_lets_nobody_in(serving: Serving, given: Settings, provider: Issuer):
    browser = await serving(_with(given, provider))
    browser.users.path.write_text("{")
    assert (await _come(browser, provider)).status == 503


async def test_the_name_may_be_in_the_users_information(serving: Serving, given: Settings, provider: Issuer):
    provider.info = {"preferred_username": "ann"}
    browser = await serving(_with(given, provider, review_oidc_claim="preferred_username"))
    await _come(browser, provider)
    found = await browser.who()
    assert found is not None
    assert (found["name"], found["role"]) == ("ann", "admin")
    provider.info["sub"] = "another"
    browser.forget()
    assert (await _come(browser, provider)).status == 401


async def test_nobody_is_sent_to_another_site_after_it(serving: Serving, given: Settings, provider: Issuer):
    browser = await serving(_with(given, provider))
    assert (await _come(browser, provider, "//evil.example")).headers["Location"] == "/"


async def test_of_begun_logins_the_oldest_are_forgotten(
    serving: Serving, given: Settings, provider: Issuer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("processor.review.access.begun.MOST", 2)
    browser = await serving(_with(given, provider))
    states = []
    for _ in range(3):
        states.append((await _start(browser, provider))["state"])
        browser.clock.at += 1
    answers = [(await browser.get("/oidc/callback", params={"state": each, "code": "good"})).status for each in states]
    assert answers == [401, 401, 303]  # the second was there, and its nonce is not that of the provider's last answer


async def test_without_a_provider_there_are_no_such_pages(browser: Browser):
    assert (await browser.get("/oidc/start")).status == 303
    assert "/oidc/" not in await (await browser.get("/login")).text()


def test_authlib_is_loaded_for_a_provider_alone():
    code = "import sys; import processor.review.access.composing; sys.exit('authlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("info", "status"),
    [
        ({"email": "ann@example.org", "email_verified": True}, 303),
        ({"email": "ann@example.org", "email_verified": "true"}, 303),
        ({"email": "other@example.org", "email_verified": True}, 401),
        ({"email_verified": True}, 401),
        ({"email": "ann@example.org"}, 401),
    ],
)
async def test_that_an_address_is_verified_may_be_in_the_users_information(
    serving: Serving, given: Settings, provider: Issuer, info: dict[str, Any], status: int
):
    provider.claims, provider.info = {"email": "ann@example.org"}, info
    assert (await _come(await serving(_with(given, provider)), provider)).status == status
