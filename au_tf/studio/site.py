"""The addresses of the studio. Every request but those for the page itself names the session that it belongs to."""

import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote, unquote

import numpy as np
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

from au_tf.arrays import Pixels
from au_tf.errors import AuTfError, InputError
from au_tf.facs import ACTION_UNITS, PROTOTYPES, parse_sides
from au_tf.pictures import colour
from au_tf.pictures.images import check_image, read_image
from au_tf.rendering.deformation import LIMIT_MM, colormap
from au_tf.studio import exports
from au_tf.studio.beginning import Beginning
from au_tf.studio.choices import Choices
from au_tf.studio.coarse import coarse_triangles
from au_tf.studio.config import MEGA, StudioConfig
from au_tf.studio.conversation import converse
from au_tf.studio.exports import Export
from au_tf.studio.guard import Guard
from au_tf.studio.session import Session
from au_tf.studio.sessions import Sessions
from au_tf.studio.thumbnails import thumbnails
from au_tf.studio.wishes import keys_in, message_in, timeline_in, whole_number, wish_of
from au_tf.studio.worker import Workers
from au_tf.timeline import keys_of, read_timeline, timeline_of

PAGE = Path(__file__).parent / "page"
_COLOURS = 64
_MESSAGE_BYTES = 2 * MEGA
_LONGEST_NAME = 160
"""Bytes of UTF-8; file systems hold 255 with the ending."""

Answer = Callable[[Request, Session], Awaitable[Response]]


class Site:
    """What is served.

    Args:
      config: limits.
      choices: face models and generators.
      beginning: the photo that pages begin with.
      token: what visitors from elsewhere have to show.
    """

    def __init__(self, config: StudioConfig, choices: Choices, beginning: Beginning | None, token: str) -> None:
        self._config, self._choices, self._beginning = config, choices, beginning
        self._sessions, self._workers = Sessions(config, choices), Workers()
        posts = {
            "/photo": self._photo,
            "/beginning": self._begin,
            "/astronaut": self._astronaut,
            "/face": self._face,
            "/choice": self._choice,
            "/timeline": self._timeline,
            "/keys": self._keys,
            "/commands": self._commands,
            "/export/{kind}": self._export,
        }
        gets = {
            "/state": self._state,
            "/faces": self._faces,
            "/photo.jpg": self._shown,
            "/face.glb": self._glb,
            "/coarse": self._coarse,
        }
        routes = [
            Route("/", self._page),
            Route("/about", self._about),
            Route("/units/{choice:int}/{number:int}.jpg", self._unit),
            Route("/session", self._open, methods=["POST"]),
            *(Route(path, self._of_session(answer), methods=["POST"]) for path, answer in posts.items()),
            *(Route(path, self._of_session(answer)) for path, answer in gets.items()),
            WebSocketRoute("/live/{session}", self._live),
            Mount("/page", StaticFiles(directory=PAGE)),
        ]
        handlers: Any = {AuTfError: _refused, HTTPException: _failed}
        app = Starlette(routes=routes, exception_handlers=handlers, lifespan=self._life)
        self.app = Guard(app, config, token)

    @asynccontextmanager
    async def _life(self, _: Starlette) -> AsyncIterator[None]:
        yield
        self._workers.close()

    def _of_session(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        async def found(request: Request) -> Response:
            session = self._sessions.find(request.headers.get("x-session", ""))
            if session is None:
                return JSONResponse({"error": "The page was away for too long; load it again."}, 410)
            return await answer(request, session)

        return found

    async def _page(self, _: Request) -> Response:
        return FileResponse(PAGE / "index.html")

    async def _about(self, _: Request) -> Response:
        levels = colour.to_levels(colormap(np.linspace(0.0, 1.0, _COLOURS)))
        units = [{"name": str(unit), "title": unit.name, "muscles": list(unit.muscles)} for unit in ACTION_UNITS]
        sides = {name: parse_sides(text).tolist() for name, text in PROTOTYPES.items()}
        return JSONResponse(
            {
                "units": units,
                "combinations": [{"name": name, "left": left, "right": right} for name, (left, right) in sides.items()],
                "choices": [choice.name for choice in self._choices.all],
                "colours": levels.tolist(),
                "limit_mm": LIMIT_MM,
                "beginning": self._beginning is not None,
                "megabytes": self._config.max_megabytes,
            }
        )

    async def _unit(self, request: Request) -> Response:
        pictures = await self._workers.slow(self._thumbnails, request.path_params["choice"])
        number = request.path_params["number"]
        if number >= len(pictures):
            raise InputError("the page", "picture", number, f"0 to {len(pictures) - 1}")
        return Response(pictures[number], media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    def _thumbnails(self, choice: int) -> tuple[bytes, ...]:
        # A photo is waited for more than they are.
        with suppress(InputError):
            _ = self._beginning and self._beginning.face
        return thumbnails(*self._choices.pair(choice))

    async def _open(self, _: Request) -> Response:
        return JSONResponse({"session": self._sessions.open()})

    async def _photo(self, request: Request, session: Session) -> Response:
        content = await self._body(request, self._config.max_megabytes * MEGA)
        name = _plain(unquote(request.headers.get("x-name", "")))
        image = await self._workers.slow(self._read, content, name)
        return JSONResponse(await self._workers.slow(session.load, image, name))

    async def _begin(self, _: Request, session: Session) -> Response:
        if self._beginning is None:
            raise InputError("the page", "photo", "none", "a photo")
        beginning = self._beginning
        return JSONResponse(await self._workers.slow(lambda: session.begin(beginning.image, beginning.face)))

    async def _astronaut(self, _: Request, session: Session) -> Response:
        image = await self._workers.slow(_astronaut)
        return JSONResponse(await self._workers.slow(session.load, image, "astronaut.png"))

    async def _face(self, request: Request, session: Session) -> Response:
        return JSONResponse(await self._workers.slow(session.pick, whole_number(await self._json(request), "face")))

    async def _choice(self, request: Request, session: Session) -> Response:
        return JSONResponse(await self._workers.slow(session.choose, whole_number(await self._json(request), "choice")))

    async def _state(self, _: Request, session: Session) -> Response:
        return JSONResponse(session.facts() if session.image is not None else None)

    async def _faces(self, _: Request, session: Session) -> Response:
        return JSONResponse(await self._workers.slow(session.faces))

    async def _shown(self, _: Request, session: Session) -> Response:
        return Response(await self._workers.quick(session.look.photo), media_type="image/jpeg")

    async def _glb(self, _: Request, session: Session) -> Response:
        look = session.look
        return Response(await self._workers.slow(lambda: look.glb), media_type="model/gltf-binary")

    async def _coarse(self, _: Request, session: Session) -> Response:
        triangles = await self._workers.slow(coarse_triangles, session.look.face.model)
        return Response(triangles.astype("<u4").tobytes(), media_type="application/octet-stream")

    async def _timeline(self, request: Request, session: Session) -> Response:
        content = await self._body(request, self._config.max_megabytes * MEGA)
        name = _plain(unquote(request.headers.get("x-name", "")))
        return JSONResponse(await self._workers.slow(_keys_of_table, content, name))

    async def _keys(self, request: Request, session: Session) -> Response:
        asked = await self._json(request)
        return JSONResponse(await self._workers.slow(lambda: keys_of(timeline_of(keys_in(asked)))))

    async def _commands(self, request: Request, session: Session) -> Response:
        return JSONResponse({"lines": exports.commands(self._asked(await self._json(request), session))})

    async def _export(self, request: Request, session: Session) -> Response:
        asked = self._asked(await self._json(request), session)
        made = await self._workers.slow(exports.make, request.path_params["kind"], asked)
        disposition = f"attachment; filename*=UTF-8''{quote(made.name)}"
        return Response(
            made.content, media_type="application/octet-stream", headers={"content-disposition": disposition}
        )

    async def _live(self, socket: WebSocket) -> None:
        name = socket.path_params["session"]
        session = self._sessions.find(name)
        await socket.accept()
        if session is None:
            await socket.close(4410, "gone")
            return
        self._sessions.arrive(name)
        try:
            await converse(socket, session, self._workers)
        finally:
            self._sessions.leave(name)

    def _asked(self, given: Any, session: Session) -> Export:
        wish = wish_of(given)
        timeline = timeline_in(given.get("keys", {}), wish, self._config.max_film_seconds)
        return Export(session, wish, timeline, given.get("mark") is not False)

    def _read(self, content: bytes, name: str) -> Pixels:
        """A photo out of a file that somebody sends; errors name it as its sender does."""
        with _file(content, name) as path:
            check_image(path)
            image = read_image(path)
        pixels = image.shape[0] * image.shape[1]
        if pixels > self._config.max_megapixels * MEGA:
            expected = f"at most {self._config.max_megapixels}"
            raise InputError(name, "size", f"{pixels / MEGA:.1f} megapixels", expected)
        return image

    async def _body(self, request: Request, most: int) -> bytes:
        """What was sent, read no further than is allowed."""
        found = bytearray()
        declared = request.headers.get("content-length", "0")
        if not declared.isdigit() or int(declared) > most:
            raise InputError("the page", "file", f"{declared} bytes", f"at most {most // MEGA} MB")
        async for chunk in request.stream():
            found += chunk
            if len(found) > most:
                raise InputError("the page", "file", f"more than {most // MEGA} MB", f"at most {most // MEGA} MB")
        return bytes(found)

    async def _json(self, request: Request) -> Any:
        return message_in(await self._body(request, _MESSAGE_BYTES))


class _file:  # noqa: N801
    """A file of that name, gone afterwards, in whose errors its folder is not told."""

    def __init__(self, content: bytes, name: str) -> None:
        self._content, self._name = content, name
        self._folder = tempfile.TemporaryDirectory(prefix="au_tf-studio-")

    def __enter__(self) -> Path:
        path = Path(self._folder.name) / self._name
        path.write_bytes(self._content)
        return path

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._folder.cleanup()
        if isinstance(error, InputError):
            source = error.source.replace(self._folder.name + "/", "")
            raise InputError(source, error.field, error.found, error.expected) from None


def _keys_of_table(content: bytes, name: str) -> dict[str, Any]:
    with _file(content, name) as path:
        timeline = read_timeline(path, 25.0)
    return {"keys": keys_of(timeline), "notices": list(timeline.notices)}


def _astronaut() -> Pixels:
    from skimage import data

    return data.astronaut()


def _plain(name: str) -> str:
    """The name of a file without folders and what terminals and systems stumble over."""
    last = PurePath(name.replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable() and c not in '<>:"|?*/').strip(". ")
    stem, dot, suffix = kept.rpartition(".")
    short = (stem or kept).encode()[:_LONGEST_NAME].decode(errors="ignore")
    return (f"{short}{dot}{suffix[:8]}" if stem else short) or "photo"


async def _refused(_: Request, error: Exception) -> Response:
    return JSONResponse({"error": str(error)}, 400)


async def _failed(_: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    return JSONResponse({"error": str(getattr(error, "detail", error))}, status)
