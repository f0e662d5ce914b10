"""The process that serves the page."""

import logging
import os
import secrets
import socket
import threading
import webbrowser
from collections.abc import Sequence

import uvicorn

from au_tf.errors import Argument, InputError
from au_tf.pictures.images import read_image
from au_tf.studio.config import StudioConfig

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
    image = None if photo is None else read_image(photo)
    token, ear = secrets.token_urlsafe(24), _listen(config)
    shown = "127.0.0.1" if config.private else config.host
    address = f"http://{shown}:{ear.getsockname()[1]}/" + ("" if config.private else f"?token={token}")
    logger.info("The studio is at %s (Ctrl-C ends it)", address)
    if browser:
        threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()
    # A browser starts meanwhile, and its first request waits.
    from au_tf.studio.beginning import Beginning, warm
    from au_tf.studio.choices import Choices
    from au_tf.studio.site import Site

    choices = Choices(models, generators)
    beginning = None if image is None else Beginning(image, os.path.basename(os.fspath(photo or "")), choices)
    threading.Thread(target=warm, args=(choices, beginning), daemon=True).start()
    site = Site(config, choices, beginning, token)
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
