"""The socket of a page: expressions in, photos, meshes and readings out."""

import asyncio
import logging

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from au_tf.errors import AuTfError
from au_tf.studio.session import Session, message
from au_tf.studio.wishes import Wish, message_in, wish_of
from au_tf.studio.worker import Newest, Workers

logger = logging.getLogger(__name__)

_PAUSE_SECONDS, _REST_SECONDS = 0.1, 0.3
"""How long sliders rest before the exact mesh is sent, and after that, before the estimator reads the photo."""

_LONGEST_READING = 60.0


async def converse(socket: WebSocket, session: Session, workers: Workers) -> None:
    """Answers a page until it is closed."""
    newest: Newest[str | bytes] = Newest()
    answering = asyncio.create_task(_answer(socket, session, workers, newest))
    try:
        while True:
            newest.put(await _received(socket))
    except WebSocketDisconnect:
        pass
    finally:
        answering.cancel()


async def _received(socket: WebSocket) -> str | bytes:
    """What a page sends next, whatever it is."""
    received = await socket.receive()
    if received["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(received.get("code", 1000))
    return received.get("text") or received.get("bytes") or ""


async def _answer(socket: WebSocket, session: Session, workers: Workers, newest: Newest[str | bytes]) -> None:
    while True:
        asked = await newest.take()
        try:
            wish = wish_of(message_in(asked or ""))
            await _show(socket, session, workers, newest, wish)
        except AuTfError as error:
            await socket.send_bytes(message({"kind": "error", "error": str(error)}))
        except WebSocketDisconnect:
            return
        except Exception:
            # To send to a page that is closed can be any error.
            if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
                return
            # What is wrong here is wrong in the program; the page goes on.
            logger.exception("The studio could not show an expression")
            await socket.send_bytes(message({"kind": "error", "error": "The studio failed; its terminal tells why."}))


async def _show(socket: WebSocket, session: Session, workers: Workers, newest: Newest[str | bytes], wish: Wish) -> None:
    """The photo at once; the mesh and the reading if nothing newer is asked for."""
    look = session.look
    await socket.send_bytes(await workers.quick(look.edit, wish))
    if await newest.comes(_PAUSE_SECONDS):
        return
    await socket.send_bytes(await workers.quick(look.mesh, wish))
    if await newest.comes(_REST_SECONDS):
        return
    reading = asyncio.ensure_future(workers.slow(look.reading, wish))
    # A newer wish does not wait for it.
    coming = asyncio.ensure_future(newest.comes(_LONGEST_READING))
    await asyncio.wait((reading, coming), return_when=asyncio.FIRST_COMPLETED)
    coming.cancel()
    if reading.done():
        await socket.send_bytes(reading.result())
    else:
        reading.cancel()
