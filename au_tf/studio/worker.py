"""Who does the work: one thread for pictures that are waited for, one for all that takes longer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Generic, TypeVar

Request = TypeVar("Request")


class Workers:
    """One thread each, since two that draw at once make all visitors wait longer than taking turns does."""

    def __init__(self) -> None:
        self._quick = ThreadPoolExecutor(1, "studio-quick")
        self._slow = ThreadPoolExecutor(1, "studio-slow")

    async def quick(self, work: Callable[..., Any], *given: Any) -> Any:
        """The photo of an expression: visitors take turns in the order in which they asked."""
        return await asyncio.get_running_loop().run_in_executor(self._quick, work, *given)

    async def slow(self, work: Callable[..., Any], *given: Any) -> Any:
        """Fits, meshes, readings and files."""
        return await asyncio.get_running_loop().run_in_executor(self._slow, work, *given)

    def close(self) -> None:
        """Lets what waits go; what runs ends by itself."""
        self._quick.shutdown(wait=False, cancel_futures=True)
        self._slow.shutdown(wait=False, cancel_futures=True)


class Newest(Generic[Request]):
    """A place for one request: a newer one takes the place of one that nobody has begun with."""

    def __init__(self) -> None:
        self._request: Request | None = None
        self._there = asyncio.Event()

    def put(self, request: Request) -> None:
        """Leaves a request, whatever was there."""
        self._request = request
        self._there.set()

    async def comes(self, seconds: float = 0.0) -> bool:
        """Whether there is one, or one comes within so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._there.wait(), seconds)
        return self._there.is_set()

    async def take(self) -> Request | None:
        """The request, once there is one."""
        await self._there.wait()
        self._there.clear()
        return self._request
