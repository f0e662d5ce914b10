"""Fits made several at a time, and fits that come to nothing."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

import numpy as np
from joblib import cpu_count

from au_tf.blas import one_blas_thread

P = ParamSpec("P")
T = TypeVar("T")

UNSOLVED = "the equations of the fit have no solution"


def ahead(jobs: Iterable[Callable[[], T]], waiting: int | None = None) -> Iterator[T]:
    """The results of jobs in their order, as many worked on at a time as there are processors.

    Few jobs wait at a time, so that the pictures they hold do not pile up: `waiting`, by default two a processor.
    """
    workers = cpu_count()
    most = 2 * workers if waiting is None else waiting
    with one_blas_thread(), ThreadPoolExecutor(workers) as pool:
        begun: deque[Future[T]] = deque()
        for job in jobs:
            begun.append(pool.submit(job))
            if len(begun) > most:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()


def solved(fit: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """What a fit comes to; None if its equations have no solution, as with landmarks that all fall together."""
    try:
        return fit(*args, **kwargs)
    except np.linalg.LinAlgError:
        return None
