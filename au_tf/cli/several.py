"""Several photos at once: {} in the name of what is made stands for the name of each photo."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from au_tf.cli.output import Report
from au_tf.errors import Argument, InputError

logger = logging.getLogger(__name__)
STANDS = "{}"
"""For the name of a photo, without its suffix."""
_FAILED = 2
Places = dict[str, Path | None]


def places_of(photo: Path, places: Mapping[str, Path | None]) -> Places:
    """Where what is made of a photo goes."""
    return {
        name: None if place is None else Path(str(place).replace(STANDS, photo.stem)) for name, place in places.items()
    }


def expanded(arguments: Mapping[str, Any], names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """The places among the arguments of a command, by their names, once for each photo where {} stands for it."""
    photos = arguments.get("photos", ())
    for name in names:
        place = arguments.get(name)
        if place is not None and STANDS in str(place) and photos:
            yield from ((name, places_of(photo, {name: place})[name] or place) for photo in photos)
        elif place is not None:
            yield name, place


def made_of_each(
    photos: Sequence[Path], places: Mapping[str, Path | None], make: Callable[[Path, Places], list[Path]]
) -> list[Path] | Report:
    """Makes the same of each photo; of several, one that fails is told and does not keep the others from being made.

    Args:
      photos: at least one.
      places: where what is made goes, by the names of arguments; None is nowhere.
      make: takes a photo and its places, and gives back what it has written.

    Returns:
      What was written; of several photos as it comes, with status 2 if one failed.

    Raises:
      InputError: as `make`, for a single photo; for a place that would be that of several photos.
    """
    if len(photos) == 1:
        return make(photos[0], places_of(photos[0], places))
    seen: dict[str, Path] = {}
    for name, place in places.items():
        if place is not None and STANDS not in str(place):
            raise InputError(Argument(name, place), "name", f"one for {len(photos)} photos", f"{STANDS} in it")
    for photo in photos:
        if photo.stem in seen:
            raise InputError("photos", "names", f"{seen[photo.stem]} and {photo}", "a name of its own for each")
        seen[photo.stem] = photo
    written: list[Path] = []
    failed: list[str] = []

    def lines() -> Iterator[str]:
        for photo in photos:
            try:
                made = make(photo, places_of(photo, places))
            except InputError as error:
                failed.append(str(error))
                logger.error("%s", error)
                continue
            written.extend(made)
            yield from map(str, made)

    return Report(lines(), lambda: {"paths": written, "failed": failed}, lambda: _FAILED if failed else 0)
