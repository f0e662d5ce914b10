"""Whatever a page sends to a studio that runs, it is answered in one line, and the studio goes on."""

import io
import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image
from test_studio_site import TWELVE, ask

connect = pytest.importorskip("websockets.sync.client").connect
TABLE = b"frame, timestamp, confidence, success, AU01_r, AU12_r\n1, 0.0, 0.9, 1, 0.5, 5.0\n2, 0.04, 0.9, 1, 1.5, 3.0\n"
LONG = "%F0%9F%98%80" * 200


def opened(studio):
    return json.loads(ask(studio, "/session", "")[1])["session"]


def line_of(status, content):
    """What an answer says of a mistake; nothing of one that is none."""
    assert status in (200, 400), (status, content[:200])
    told = "" if status == 200 else json.loads(content)["error"]
    assert told.isprintable() and bool(told) == (status == 400)
    return told


@pytest.mark.parametrize(("path", "name"), [("/photo", "me.png"), ("/photo", LONG + ".png"), ("/timeline", "a.csv")])
def test_damaged_files_are_read_or_told(studio, path, name, mutations):
    session, whole = opened(studio), io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(noise).save(whole, "PNG")
    content = TABLE if path == "/timeline" else whole.getvalue()
    told = [line_of(*ask(studio, path, each, x_session=session, x_name=name)[:2]) for each in mutations(content)]
    assert sum(map(bool, told)) > len(told) // 3
    assert not any("au_tf-studio" in line for line in told)


def test_damaged_wishes_are_told_on_the_socket_and_the_next_is_heard(studio, mutations):
    address = studio.replace("http", "ws") + "live/" + opened(studio)
    whole = json.dumps({"left": TWELVE, "right": TWELVE, "number": 1}).encode()
    deep = b"[" * 100_000
    with connect(address, origin=studio.rstrip("/")) as socket:
        for number, each in enumerate([whole, deep, b"", b"\xff", *mutations(whole)]):
            socket.send(each if number % 2 else each.decode(errors="replace"))
            answer = socket.recv(60)
            head = json.loads(answer[4:])
            # There is no photo yet, so that even what is understood has nothing to be shown on.
            assert head["kind"] == "error" and head["error"].startswith("the page: ") and head["error"].isprintable()


def test_eight_threads_get_what_one_gets(studio):
    session = opened(studio)
    assert ask(studio, "/astronaut", "{}", x_session=session)[0] == 200

    def made(number):
        asked = {"left": [0.0] * 6 + [float(number)] + [0.0] * 5, "right": TWELVE, "keys": {}}
        return ask(studio, "/export/png", json.dumps(asked), x_session=session)[:2]

    alone = [made(number) for number in range(4)]
    assert {status for status, _ in alone} == {200} and len({content for _, content in alone}) == 4
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(made, [*range(4)] * 2)) == alone * 2
