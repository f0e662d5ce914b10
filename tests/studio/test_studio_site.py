import asyncio
import http.client
import json
import random
from urllib.parse import urlsplit

import numpy as np
import pytest

from au_tf.errors import AuTfError, InputError
from au_tf.studio.choices import Choices
from au_tf.studio.config import StudioConfig
from au_tf.studio.guard import Guard
from au_tf.studio.sessions import Sessions
from au_tf.studio.wishes import timeline_in, whole_number, wish_of
from au_tf.studio.worker import Newest

TWELVE = [0.0] * 12


def ask(address, path, body=None, **headers):
    there = urlsplit(address)
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    connection.request("GET" if body is None else "POST", path, body, names)
    answer = connection.getresponse()
    return answer.status, answer.read(), answer.headers


def test_foreign_hosts_and_pages_are_refused(studio):
    host = urlsplit(studio).netloc
    assert ask(studio, "/about")[0] == 200
    assert ask(studio, "/about", Origin=f"http://{host}")[0] == 200
    assert ask(studio, "/about", Host="evil.example")[0] == 403
    assert ask(studio, "/session", "", Origin="http://evil.example")[0] == 403
    assert "default-src 'self'" in ask(studio, "/")[2]["content-security-policy"]


def test_no_session_sees_another_ones_photo(studio):
    names = [json.loads(ask(studio, "/session", "")[1])["session"] for _ in range(2)]
    assert names[0] != names[1]
    status, facts, _ = ask(studio, "/astronaut", "{}", x_session=names[0])
    assert status == 200 and json.loads(facts)["size"] == [512, 512]
    assert ask(studio, "/photo.jpg", x_session=names[0])[0] == 200
    for other, expected in ((names[1], 400), ("", 410), (names[0][:-1], 410)):
        status, told, _ = ask(studio, "/photo.jpg", x_session=other)
        assert status == expected and b"JFIF" not in told


def test_what_is_too_large_is_refused_before_it_is_read(studio):
    (name,) = json.loads(ask(studio, "/session", "")[1]).values()
    there = urlsplit(studio)
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
    connection.putrequest("POST", "/photo")
    connection.putheader("x-session", name)
    connection.putheader("content-length", "4000001")
    connection.endheaders()
    told = json.loads(connection.getresponse().read())["error"]
    assert told == "the page: file: found 4000001 bytes, expected at most 4 MB"


def test_names_of_files_cannot_leave_their_folder(studio):
    (name,) = json.loads(ask(studio, "/session", "")[1]).values()
    for given in ("../../etc/x.png", "..%2F..%2Fx.png", "%00%0Ax.png", "....", "a" * 400 + ".png"):
        status, told, _ = ask(studio, "/photo", b"x", x_session=name, x_name=given)
        assert status == 400
        line = json.loads(told)["error"]
        assert "found no picture" in line and "/" not in line.partition(":")[0] and "au_tf-studio" not in line


def answer_of(guard, **headers):
    """What a guard lets through, as the status that is sent."""
    path = headers.pop("path", "/")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": headers.pop("query", "").encode()}
    scope["headers"] = [(key.encode(), value.encode()) for key, value in headers.items()]
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(guard(scope, None, send))
    return sent[0]


async def inner(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_other_addresses_ask_for_the_token():
    guard = Guard(inner, StudioConfig(host="0.0.0.0"), "secret")
    assert answer_of(guard, host="lab:1")["status"] == 403
    assert answer_of(guard, host="lab:1", query="token=wrong")["status"] == 403
    entered = answer_of(guard, host="lab:1", query="token=secret")
    assert entered["status"] == 303
    cookie = dict(entered["headers"])[b"set-cookie"].decode()
    assert "HttpOnly" in cookie and "samesite=strict" in cookie.lower()
    assert answer_of(guard, host="lab:1", cookie=cookie.split(";")[0])["status"] == 200
    assert answer_of(guard, host="lab:1", cookie="au_tf_studio=wrong")["status"] == 403


def test_newest_request_wins():
    async def run():
        newest = Newest()
        for number in range(5):
            newest.put(number)
        first = await newest.take()
        none = await newest.comes(0.01)
        newest.put(5)
        return first, none, await newest.comes(), await newest.take()

    assert asyncio.run(run()) == (4, False, True, 5)


def test_sessions_end_with_their_pages():
    sessions = Sessions(StudioConfig(max_visitors=2, keep_seconds=0.0), Choices())
    first = sessions.open()
    sessions.arrive(first)
    assert sessions.find(first) is not None
    sessions.arrive(sessions.open())
    with pytest.raises(InputError, match="pages: found 2 that are open, expected at most 2"):
        sessions.open()
    sessions.leave(first)
    assert sessions.find(first) is None and len(sessions) == 1


@pytest.mark.parametrize(
    "message",
    [None, [], {}, {"left": TWELVE}, {"left": TWELVE, "right": TWELVE[1:]}, {"left": TWELVE, "right": [True] * 12}]
    + [{"left": TWELVE, "right": [value, *TWELVE[1:]]} for value in (-0.1, 5.1, float("nan"), "1", None, 10**400)]
    + [{"left": TWELVE, "right": TWELVE, "number": value} for value in (-1, 1.5, "1", 2**60)],
)
def test_wishes_that_are_none_are_told(message):
    with pytest.raises(InputError):
        wish_of(message)


def test_whatever_a_page_sends_is_read_or_told():
    rng = random.Random(7)
    whole = {"left": TWELVE, "right": TWELVE, "number": 1, "keys": {"AU12": [[0, 1], [1, 2.5]]}, "face": 0}
    pieces = [None, True, -1, 5e9, "x", [], {}, [[]], float("inf"), 10**400, "\ud800"]

    def broken(value):
        if rng.random() < 0.02:
            return rng.choice(pieces)
        if isinstance(value, dict):
            return {key: broken(each) for key, each in value.items() if rng.random() > 0.02}
        return [broken(each) for each in value] if isinstance(value, list) else value

    refused = []
    for _ in range(300):
        message = broken(whole)
        try:
            wish = wish_of(message)
            timeline_in(message.get("keys", {}), wish, 60.0)
            whole_number(message, "face")
        except AuTfError as error:
            refused.append(str(error))
    assert not any("\n" in line for line in refused) and 100 < len(refused) < 300


def test_no_keys_make_a_film_there_and_back():
    wish = wish_of({"left": [5.0, *TWELVE[1:]], "right": TWELVE})
    timeline = timeline_in({}, wish, 60.0)
    np.testing.assert_allclose(timeline.at(np.array([0.0, 1.0, 2.0]))[:, 0], [0, 2.5, 0])
    with pytest.raises(InputError, match=r"time line: found 61\.0 s, expected at most 60 s"):
        timeline_in({"AU1": [[61, 1]]}, wish, 60.0)
