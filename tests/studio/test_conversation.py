import asyncio
import json
import struct
from types import SimpleNamespace

import pytest

pytest.importorskip("starlette", reason="the studio needs the extra: pip install 'au_tf[studio]'")

from starlette.websockets import WebSocketState

from au_tf.studio.conversation import converse
from au_tf.studio.session import message
from au_tf.studio.worker import Workers


class Socket:
    """A page that moves a slider twice and closes once both are answered."""

    client_state = application_state = WebSocketState.CONNECTED

    def __init__(self):
        self.sent, self.coming = [], asyncio.Queue()
        self.coming.put_nowait(wish(1))

    async def receive(self):
        return await self.coming.get()

    async def send_bytes(self, sent):
        (length,) = struct.unpack_from("<I", sent)
        self.sent.append(json.loads(sent[4 : 4 + length]))
        self.coming.put_nowait(wish(2) if len(self.sent) == 1 else {"type": "websocket.disconnect"})


def wish(number):
    return {"type": "websocket.receive", "text": json.dumps({"left": [0] * 12, "right": [0] * 12, "number": number})}


@pytest.mark.parametrize("error", [RuntimeError, ValueError])
def test_the_page_is_told_of_a_failure_and_goes_on(error):
    def edit(asked):
        if asked.number == 1:
            raise error("a bug")
        return message({"kind": "photo", "number": asked.number})

    async def run():
        socket = Socket()
        await asyncio.wait_for(converse(socket, SimpleNamespace(look=SimpleNamespace(edit=edit)), Workers()), 20)
        return socket.sent

    failed, shown = asyncio.run(run())
    assert failed["kind"] == "error"
    assert shown == {"kind": "photo", "number": 2}
