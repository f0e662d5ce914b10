"""Functions compiled by numba for one face and one thread, and where what is compiled is kept.

numba keeps what it has compiled for as long as the file of a function is the same: a compiled function calls none of
another file, which would not be noticed to change.
"""

import gc
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import CompileResultCacheImpl, FunctionCache, InTreeCacheLocator, UserProvidedCacheLocator

from au_tf.files import kept_place


class _Folder(InTreeCacheLocator):
    """A folder of the cache: what lay beside the package, as numba has it, would stay when the package goes."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        super().__init__(function, file)
        self._cache_path = os.fspath(_folder_of(file))


@cache
def _folder_of(file: str) -> Path:
    """Where the functions of a file are kept in compiled form; those of earlier contents of the file are removed."""
    name, content = (hashlib.sha256(data).hexdigest()[:8] for data in (os.fsencode(file), Path(file).read_bytes()))
    folder = kept_place(f"compiled-{Path(file).stem}-{name}-{content}")
    for old in folder.parent.glob(f"compiled-*-{name}-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


class _Functions(CompileResultCacheImpl):
    _locator_classes = [UserProvidedCacheLocator, _Folder]  # noqa: RUF012


class _Kept(FunctionCache):
    """What is compiled, as numba keeps it; a disk that is full or fails costs the compiler's time and nothing else."""

    _impl_class = _Functions

    @contextmanager
    def _guard_against_spurious_io_errors(self) -> Iterator[None]:
        with suppress(OSError):
            yield


def _uncollected(compile_: Callable[..., Any], signature: Any) -> Any:
    """Compiles without looking for garbage: what numba makes is all in use, and looking takes an eighth of its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return compile_(signature)
    finally:
        if collecting:
            gc.enable()


def compiled(function: Callable[..., Any], *, within: bool = False) -> Callable[..., Any]:
    """Compiles a function on its first call and keeps the result in `cache_folder`, where that can be written."""
    ways_in = {"no_cfunc_wrapper": True, "no_cpython_wrapper": within}
    dispatcher: Any = numba.njit(function, nogil=True, error_model="numpy", **ways_in)  # type: ignore[call-overload]
    # A constant is a number like others, not one that the function is compiled anew for.
    choose = dispatcher.get_call_template
    dispatcher.get_call_template = lambda args, kws: choose(tuple(map(numba.types.unliteral, args)), kws)
    compile_ = dispatcher.compile
    dispatcher.compile = lambda signature: _uncollected(compile_, signature)
    # The cache cannot be written.
    with suppress(RuntimeError):
        dispatcher._cache = _Kept(function)
    return dispatcher


compiled_within = partial(compiled, within=True)
"""The same for what compiled functions alone call: it gets no way in from Python, a part of the compiler's work."""
