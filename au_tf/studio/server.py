"""The process that serves the page."""

import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Sequence

import numpy as np
import uvicorn

from au_tf.errors import Argument, InputError
from au_tf.pictures.images import read_image
from au_tf.studio.choices import Choices
from au_tf.studio.config import StudioConfig
from au_tf.studio.session import Session
from au_tf.studio.site import Site

logger = logging.getLogger(__name__)

_LIMIT_BYTES = 1 << 20


def serve(
    config: StudioConfig,
    photo: str | os.PathLike[str] | None = None,
    models: Sequence[str] = ("builtin",),
    generators: Sequence[str | os.PathLike[str]] = (),
    browser: bool = False,
) -> None:
    """Serves the page until it is interrupted.

    Args:
      config: where, and how much is allowed.
      photo: what pages begin with.
      models: face models to choose from.
      generators: folders of generators to choose from.
      browser: whether to open the page in the browser.

    Raises:
      InputError: if the address cannot be listened on, or the photo cannot be read.
    """
    beginning = None if photo is None else (read_image(photo), os.path.basename(os.fspath(photo)))
    choices, token = Choices(models, generators), secrets.token_urlsafe(24)
    site, ear = Site(config, choices, beginning, token), _listen(config)
    shown = "127.0.0.1" if config.private else config.host
    address = f"http://{shown}:{ear.getsockname()[1]}/" + ("" if config.private else f"?token={token}")
    logger.info("The studio is at %s (Ctrl-C ends it)", address)
    threading.Thread(target=_warm, args=(choices,), daemon=True).start()
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    settings = uvicorn.Config(
        site.app,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_max_size=_LIMIT_BYTES,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(settings).run([ear])


def _listen(config: StudioConfig) -> socket.socket:
    host = "127.0.0.1" if config.host == "localhost" else config.host.strip("[]")
    try:
        return socket.create_server((host, config.port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        place = Argument("port", config.port)
        expected = "an address of this machine and a free port, or --port 0"
        raise InputError(place, f"address {host}", error.strerror or error, expected) from error


def _warm(choices: Choices) -> None:
    """Reads and compiles, before anybody waits for it, what the first photo needs."""
    try:
        choices.pair(0)
        Session(choices).load(_plain_face(choices), "warm")
    except InputError:
        # The first visitor is told.
        pass


def _plain_face(choices: Choices) -> np.ndarray:
    from au_tf.rendering.framing import frontal_camera, portrait
    from au_tf.rendering.native.renderer import render_face

    model, _ = choices.pair(0)
    return render_face(model, portrait(model), frontal_camera(160))
