"""Who may ask: a plain ASGI layer before everything, sockets too."""

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse

from au_tf.studio.config import StudioConfig

COOKIE = "au_tf_studio"
_OWN_NAMES = {"127.0.0.1", "localhost", "::1"}
_POLICY = (
    "default-src 'self'; img-src 'self' blob: data:; connect-src 'self' blob:; media-src 'self' blob:; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
_REFUSED = 4403
"""Why a socket is closed."""


class Guard:
    """Refuses foreign hosts, foreign origins, and on other addresses than this machine's own who has no token.

    Args:
      app: what it stands before.
      config: where the studio listens.
      token: what visitors show, once in the URL and then in a cookie.
    """

    def __init__(self, app: Any, config: StudioConfig, token: str) -> None:
        self._app, self._private, self._token = app, config.private, token
        self._names = _OWN_NAMES | {config.host.strip("[]")}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answers, or lets through."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal and scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _REFUSED, "reason": refusal})
        elif refusal:
            await PlainTextResponse(f"au-tf studio: {refusal}", 403, dict(_HEADERS))(scope, receive, send)
        elif scope["type"] == "http" and not self._private and self._shown(scope):
            # Out of the address bar, and of what is bookmarked.
            answer = RedirectResponse("./", 303, dict(_HEADERS))
            answer.set_cookie(COOKIE, self._token, httponly=True, samesite="strict")
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, _with_headers(send))

    def _refusal(self, scope: dict[str, Any], headers: dict[str, str]) -> str:
        """Why a request is refused; empty if it is not."""
        host = headers.get("host", "")
        if self._private and (urlsplit(f"//{host}").hostname or "") not in self._names:
            return "found another host's name, expected this machine's own"
        if headers.get("origin") not in (None, f"http://{host}", f"https://{host}"):
            return "found a page of another site, expected the studio's own"
        if not self._private and not (self._shown(scope) or self._has(headers.get("cookie", ""))):
            return "found no token, expected the address as the command printed it"
        return ""

    def _shown(self, scope: dict[str, Any]) -> bool:
        (given, *_) = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])
        return hmac.compare_digest(given.encode(), self._token.encode())

    def _has(self, cookie: str) -> bool:
        try:
            kept = SimpleCookie(cookie).get(COOKIE)
        except CookieError:
            return False
        return kept is not None and hmac.compare_digest(kept.value.encode(), self._token.encode())


def _with_headers(send: Any) -> Any:
    async def sent(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sent
