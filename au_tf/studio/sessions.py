"""All visitors: each knows only the name of its own session, which nobody can guess."""

import secrets
import time

from au_tf.errors import InputError
from au_tf.studio.choices import Choices
from au_tf.studio.config import StudioConfig
from au_tf.studio.session import Session


class Sessions:
    """Sessions by their secret names, each gone some time after its page.

    Args:
      config: how many, and how long.
      choices: face models and generators.
    """

    def __init__(self, config: StudioConfig, choices: Choices) -> None:
        self._config, self._choices = config, choices
        self._all: dict[str, Session] = {}
        self._pages: dict[str, int] = {}
        self._left: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._all)

    def open(self) -> str:
        """A new session's name.

        Raises:
          InputError: if there are too many.
        """
        self.forget()
        if len(self._all) >= self._config.max_visitors:
            expected = f"at most {self._config.max_visitors}; close one, or start the studio with --max-visitors"
            raise InputError("the studio", "pages", f"{len(self._all)} that are open", expected)
        name = secrets.token_urlsafe(24)
        self._all[name], self._pages[name], self._left[name] = Session(self._choices), 0, time.monotonic()
        return name

    def find(self, name: str) -> Session | None:
        """The session of that name, if it still is."""
        self.forget()
        return self._all.get(name)

    def arrive(self, name: str) -> None:
        """A page of the session is there."""
        self._pages[name] += 1

    def leave(self, name: str) -> None:
        """A page of the session is gone."""
        if name in self._pages:
            self._pages[name] -= 1
            self._left[name] = time.monotonic()

    def forget(self) -> None:
        """Lets go of those whose page is gone."""
        now = time.monotonic()
        for name in [n for n, pages in self._pages.items() if not pages]:
            if now - self._left[name] > self._config.keep_seconds:
                del self._all[name], self._pages[name], self._left[name]
