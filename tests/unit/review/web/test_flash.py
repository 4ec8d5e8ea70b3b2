from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from aiohttp import web

from processor.review.web import flash
from tests import reviewing
from tests.review_client import Entered, serving, site, text


async def tell(request: web.Request) -> web.Response:
    """Leads on to another page, which is to show a line."""
    response = web.HTTPSeeOther("/queue")
    flash.flash(request, response, request.query["text"])
    raise response


@pytest.mark.parametrize("said", ["Accepted: e-1.", "<b>Zoë</b> \u202e", "x" * 400])
async def test_the_next_page_shows_the_line_and_the_one_after_does_not(said: str) -> None:
    async with serving(site(reviewing.FakeView()), routes=[web.get("/tell", tell)]) as client:
        async with client.get("/tell", params={"text": said}) as answer:
            shown = await answer.text()
        assert 'aria-live="polite"><p>' in shown
        assert "<b>Zoë" not in shown
        assert 'aria-live="polite"><p>' not in await text(client, "/queue")


@pytest.mark.parametrize("kept", ["", "%%%", "\u00e9", "gICA", "A" * 5000])
async def test_whatever_a_cookie_holds_breaks_no_page(kept: str) -> None:
    headers = {"Cookie": f"{flash.COOKIE}={kept}"}
    async with serving(site(reviewing.FakeView())) as client, client.get("/queue", headers=headers) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("secure", [False, True])
async def test_over_https_no_other_site_can_set_it(*, secure: bool) -> None:
    """Over http, on this machine, browsers take no such cookie."""
    entered = Entered(reviewing.EVE, secure=secure)
    async with serving(site(reviewing.FakeView()), entered, routes=[web.get("/tell", tell)]) as client:
        async with client.get("/tell?text=Done.", allow_redirects=False) as answer:
            ((name, told),) = SimpleCookie(answer.headers["Set-Cookie"]).items()
        assert (name, bool(told["secure"])) == (("__Host-" if secure else "") + flash.COOKIE, secure)
        assert (told["path"], told["samesite"], told["httponly"], told["domain"]) == ("/", "Strict", True, "")
        client.session.cookie_jar.clear()
        other = flash.COOKIE if secure else "__Host-" + flash.COOKIE
        async with client.get("/queue", headers={"Cookie": f"{other}={told.value}"}) as answer:
            assert "Done." not in await answer.text()
        async with client.get("/queue", headers={"Cookie": f"{name}={told.value}"}) as answer:
            assert "Done." in await answer.text()
            ((gone, how),) = SimpleCookie(answer.headers["Set-Cookie"]).items()
        assert (gone, how["max-age"], bool(how["secure"])) == (name, "0", secure)
