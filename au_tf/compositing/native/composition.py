"""A window of a photo composed anew, where it changes."""

from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from au_tf.arrays import Bool, Float32, Indices
from au_tf.compositing import tuning
from au_tf.compositing.fields import Fields
from au_tf.compositing.layers import Layers
from au_tf.compositing.native.eyes import lid_shade
from au_tf.compositing.native.mouth import (
    Area,
    box,
    filled,
    folded,
    grained,
    hollow,
    lined,
    lit,
    rendered,
    rounded,
    sky,
    without_notches,
)
from au_tf.rendering.native.sampling import blur, dilate, fill_planes, sample_bicubic, smoothstep


class Taken(NamedTuple):
    """What a layer takes from the photo itself."""

    gain: Float32
    """float32[N, 3], factor of the photo's colour."""
    move: Float32
    """float32[N, 2], from a pixel to where the photo's colour is taken."""
    photo: Float32
    """float32[N, 3], that colour."""


class Composed(NamedTuple):
    """What another expression changes in a window."""

    changed: Indices
    """int[N], numbers of the pixels that differ from the photo's, row by row."""
    colour: Float32
    """float32[N, 3], linear RGB of these."""
    taken: tuple[Taken, ...]
    """What of that is the photo's own: skin, eyes, inside of the mouth, what keeps still; nothing unless asked for."""


def compose(layers: Layers, fields: Fields, opened: float = 0.0, taken: bool = False) -> Composed:
    """Composes a window of a photo anew.

    Args:
      layers: the photo, taken apart, arrays.
      fields: what the mesh of the new expression says, arrays.
      opened: how far eyes that are closed in the photo open, 0 to 1.
      taken: whether to tell what of it is the photo's own.
    """
    # Where the fit leaves a gap in a mouth that is closed, the photo shows lips.
    wide = smoothstep(*tuning.OPEN, blur(fields.mouth, max(tuning.OPEN_BLUR * layers.millimetre, 0.6)))
    gap = np.maximum(fields.mouth - (1.0 - wide) * layers.closed, 0.0)
    slit = max(tuning.SLIT_BLUR, tuning.SLIT_WIDTH * layers.millimetre, layers.softness)
    fields = fields._replace(mouth=smoothstep(*tuning.SLIT, blur(rounded(gap, layers.millimetre), slit)))
    h, w = fields.mouth.shape[:2]
    pixels = _pixels(h, w)
    move, ratio = _extended(fields, pixels)
    size = np.sqrt(move[0] ** 2 + move[1] ** 2)
    inner = (fields.eye + fields.mouth)[..., 0]
    lit = np.abs(ratio - 1.0) >= tuning.STILL_LIGHT
    here = np.flatnonzero((size >= tuning.STILL_PIXELS) | lit | (inner >= tuning.STILL_COVER))
    # What moves little may lie beside what moves a lot.
    moving = smoothstep(*tuning.MOVING, dilate(size, max(1, round(tuning.MOVING_REACH * max(h, w)))))
    moved = move.reshape(2, -1).take(here, 1).T
    sampled = sample_bicubic(layers.skin, (pixels + move).reshape(2, -1).take(here, 1).T)
    headroom = 1.0 - smoothstep(*tuning.NO_HEADROOM, _largest(sampled[:, :3]))
    light = _lip_edge(layers, fields, moving, here) * _relit(_at(ratio, here), layers.fold, headroom)
    share, there = (1.0 - _at(inner, here)) * light, _at(moving, here)
    skin = _skin(sampled, _at(_relaxed(move), here), moved[:, :1] / layers.millimetre, there)
    lids = np.zeros((h, w), np.float32)
    lids.reshape(-1)[here] = sampled[:, 11]
    unfolds, drawn_out = lids * _unfolds(move), _drawn_out(move)
    drawn_out -= lids * drawn_out
    skin = _without_streaks(skin, drawn_out, layers, here)
    colour = share * _unfolded(skin, sampled[:, 6:9], unfolds, layers, here)
    photo, clean = sampled[:, :3], sampled[:, 3:6]
    own = []
    if taken:
        same = _same(photo + there * (clean - photo), photo) * (1.0 - _at(drawn_out, here))
        own.append(Taken(share * same, moved, photo))
    # What has no eye or no mouth in it has no place either, and no share in them.
    for cover, source, layer in (
        (fields.eye, fields.eye_source, partial(_eyes, opened)),
        (fields.mouth, fields.mouth_source, partial(_mouth, _about_mouth(colour, layers, fields, here))),
    ):
        share = _at(cover, here)
        few = np.flatnonzero(share)
        shown, photo, gain = layer(layers, fields, moving, here[few])
        colour[few] += share[few] * shown
        if taken:
            of_layer = Taken(*(np.zeros((len(here), n), np.float32) for n in (3, 2, 3)))
            of_layer.gain[few], of_layer.photo[few] = share[few] * gain, photo
            of_layer.move[few] = _at(source, here[few]) - pixels.reshape(2, -1).take(here[few], 1).T
            own.append(of_layer)
    over = _at(np.broadcast_to(layers.still, (h, w, 1)), here)
    photo = layers.skin.reshape(h * w, -1)[here, :3]
    if taken:
        own = [layer._replace(gain=(1.0 - over) * layer.gain) for layer in own]
        own.append(Taken(np.repeat(over, 3, -1), np.zeros((len(here), 2), np.float32), photo))
    return Composed(here, colour + over * (photo - colour), tuple(own))


def _largest(colour: Float32) -> Float32:
    """The largest channel float32[N, 1] of colours [N, 3]; numpy is slow along short axes."""
    return np.asarray(np.maximum(np.maximum(colour[:, :1], colour[:, 1:2]), colour[:, 2:3]), np.float32)


def _same(shown: Float32, photo: Float32) -> Float32:
    """How far colours float32[N, 3] are those of the photo, float32[N, 1] in [0, 1]."""
    error = _largest(np.abs(shown - photo) / (photo + 0.05))
    return 1.0 - smoothstep(*tuning.ANOTHER, error)


def _eyes(
    opened: float, layers: Layers, fields: Fields, moving: Float32, here: Indices
) -> tuple[Float32, Float32, Float32]:
    """As `_mouth`, of the eyes."""
    places = _at(fields.eye_source, here)
    shown, known, hidden = np.split(sample_bicubic(layers.eyes, places), [3, 4], -1)
    photo = sample_bicubic(layers.mouth, places)[:, :3]
    shade = _at(lid_shade(fields.eye, layers.millimetre), here)
    drawn = tuning.SOCKET * shade * lit(_at(fields.eye_colour, here), layers.lamp)
    shown = drawn + (1.0 - np.float32(opened) * np.clip(1.0 - known, 0.0, 1.0)) * (
        (1.0 - hidden * (1.0 - shade)) * shown - drawn
    )
    return shown, photo, _same(shown, photo)


def _at(field: Float32, here: Indices) -> Float32:
    """Values float32[N, C] of float32[h, w, C], or of one channel without axis, at numbers of pixels."""
    return field.reshape(field.shape[0] * field.shape[1], -1)[here]


def _skin(sampled: Float32, relaxed: Float32, across: Float32, moving: Float32) -> Float32:
    """Moved skin float32[N, 3]; where it moves, without eyes, teeth and the creases that relax."""
    photo, clean, smooth, creased, aside = np.split(sampled[:, :11], [3, 6, 9, 10], -1)
    # Skin that a smile had drawn aside comes back and leaves the fold beside the mouth.
    back = tuning.MOST_BACK * smoothstep(*tuning.BACK, aside * across)
    relaxed = np.maximum(relaxed, back)
    skin = photo + moving * (clean - photo)
    return skin + creased * relaxed * (smooth - skin)


def _about_mouth(skin: Float32, layers: Layers, fields: Fields, here: Indices) -> Float32:
    """The skin about the mouth float32[r, c, 3], times its coverage, of float32[N, 3] at numbers of pixels."""
    area = _mouth_area(layers, fields)
    inside, found = _within(area, here, fields.mouth.shape[1])
    picture = layers.skin[area][..., :3] * (1.0 - fields.mouth[area])
    picture[found] = skin[inside]
    return np.asarray(picture, np.float32)


def _mouth_area(layers: Layers, fields: Fields) -> Area:
    """The rows and columns of the mouth and as much about it as tells the colour of its lips."""
    return box(fields.mouth, 3 + round(3.0 * tuning.INNER_LIP * layers.millimetre))


def _within(area: Area, here: Indices, width: int) -> tuple[Bool, tuple[Indices, Indices]]:
    """Which of the numbers int[N] of pixels are in an area, bool[N], and the rows and columns of these there."""
    row, column = np.divmod(here, width)
    inside = (row >= area[0].start) & (row < area[0].stop) & (column >= area[1].start) & (column < area[1].stop)
    return inside, (row[inside] - area[0].start, column[inside] - area[1].start)


def _mouth(
    lips: Float32, layers: Layers, fields: Fields, moving: Float32, here: Indices
) -> tuple[Float32, Float32, Float32]:
    """The inside of the mouth float32[N, 3] at numbers of pixels: the photo's own if it was visible, else rendered.

    Returned are also what the photo has there, float32[N, 3], and its share, float32[N, 1].

    Where the lips move, only teeth are taken from the photo, and not from the border that lips shade and blur: what
    stands in the dark of the fitted mesh may yet be a tooth of the photo.
    """
    area = _mouth_area(layers, fields)
    part = filled(Fields(*(field[area] for field in fields)))
    sampled = sample_bicubic(layers.mouth, part.mouth_source)
    photo, core, closed, gain, before = np.split(sampled, [3, 4, 5, 8], -1)
    shade = sky(fields.mouth, part.mouth_depth, layers.millimetre, area)
    drawn = hollow(rendered(part, layers.lamp, gain, shade), part, layers.millimetre)
    drawn = without_notches(drawn, part, layers.millimetre)
    drawn = drawn + moving[area][..., np.newaxis] * (lined(drawn, lips, part, layers.lamp, layers.millimetre) - drawn)
    sigma = max(layers.softness, tuning.MOUTH_BLUR * layers.millimetre)
    soft = np.maximum(blur(part.mouth, sigma), np.float32(1e-6))
    drawn = np.asarray(blur(part.mouth * drawn, sigma) / soft, np.float32)
    drawn = grained(drawn, np.broadcast_to(layers.grain, fields.mouth.shape)[area])
    own, there = part.mouth_seen * (1.0 - closed), moving[area][..., np.newaxis]
    share = np.clip(own + there * (blur(own, tuning.SEEN_BLUR) * core * part.teeth - own), 0.0, 1.0)
    row, column = np.divmod(here, moving.shape[1])
    found = row - area[0].start, column - area[1].start
    change = np.minimum(shade / np.maximum(before, tuning.LEAST_SKY), tuning.MOST_SKY)
    brighter = 1.0 + there * (folded(change, layers.lamp) - 1.0)
    teeth = np.minimum(brighter * photo, np.maximum(photo, tuning.BRIGHTEST))
    return (drawn + share * (teeth - drawn))[found], photo[found], (share * brighter)[found]


def _lip_edge(layers: Layers, fields: Fields, moving: Float32, here: Indices) -> Float32:
    """Factor float32[N, 3] of the very edge of lips: dark between lips that close, wet and red on lips that part."""
    factor = np.ones((len(here), 3), np.float32)
    sigma = max(tuning.WET_WIDTH * layers.millimetre, 0.6)
    edge, line = np.minimum(2.0 * blur(fields.mouth, sigma), 1.0), _lip_line(layers, fields)
    lips = np.flatnonzero(_at(line, here))
    opened = smoothstep(*tuning.OPENED, _at(blur(fields.mouth, tuning.OPENED_BLUR * layers.millimetre), here[lips]))
    there = _at(moving, here[lips])
    dark = there * (1.0 - layers.shut) * (1.0 - opened) * _at(line, here[lips])
    swallowed = tuning.WET_GREY + layers.lamp.colour * (tuning.WET - tuning.WET_GREY)
    wet = there * opened * swallowed * _at(edge, here[lips])
    factor[lips] = (1.0 - wet) * (1.0 - dark) ** layers.fold
    return factor


def _lip_line(layers: Layers, fields: Fields) -> Float32:
    """How dark the line between closed lips is, float32[h, w, 1]: as wide as in life, and as soft as the photo."""
    width = tuning.LIP_LINE_WIDTH * layers.millimetre
    sigma = max(float(np.hypot(width, layers.softness)), 0.6)
    narrow, wide = blur(fields.edge, sigma), blur(fields.edge, 3.0 * sigma)
    profile = np.minimum(narrow / np.maximum(3.0 * wide, 1e-3), 1.0)
    return np.asarray(tuning.LIP_LINE * np.sqrt(min(width / sigma, 1.0)) * profile, np.float32)


def _extended(fields: Fields, pixels: Float32) -> tuple[Float32, Float32]:
    """Motion float32[2, h, w] and ratio of shading [h, w] of the skin layer, dying away beyond the face."""
    face = fields.face[..., 0]
    move = np.where(face > 0.0, np.moveaxis(fields.source, -1, 0) - pixels, np.float32(0.0))
    # What the photo does not show is as what is next to it.
    move = fill_planes(move, face * fields.shown[..., 0])
    light = fill_planes(np.moveaxis(fields.ratio, -1, 0), face)[0]
    inside = np.minimum(1.0, face + (fields.eye + fields.mouth)[..., 0])
    move *= _near(inside, move)
    return move, 1.0 + inside * (blur(light, tuning.LIGHT_BLUR) - 1.0)


@lru_cache(maxsize=8)
def _pixels(height: int, width: int) -> Float32:
    """Column and row of each pixel, float32[2, h, w]; not to be written."""
    rows, columns = np.indices((height, width), np.float32)
    found = np.stack([columns, rows])
    found.flags.writeable = False
    return found


def _near(inside: Float32, move: Float32) -> Float32:
    """How far what is beyond the face goes with it, float32[h, w]: the farther out, the more its border moves."""
    reach = max(tuning.LEAST_REACH, tuning.REACH * max(inside.shape))
    levels = [blur(inside, reach * 2.0**k / 2.0) for k in range(tuning.REACHES)]
    border = np.flatnonzero((inside > 0.5) & (levels[0] < tuning.BORDER))
    inward = np.stack([_derivative(levels[0], axis).ravel()[border] for axis in (1, 0)])
    move = move.reshape(2, -1)[:, border]
    size = np.sqrt((move**2).sum(0))
    retreat = -(move * inward).sum(0) / np.maximum(np.sqrt((inward**2).sum(0)), 1e-6)
    wanted = float(np.maximum(tuning.OVER_MOTION * size, tuning.OVER_RETREAT * retreat).max(initial=0.0))
    level = float(np.clip(np.log2(max(wanted / reach, 1e-3)), 0.0, tuning.REACHES - 1))
    shares = np.maximum(1.0 - np.abs(np.arange(tuning.REACHES) - level), 0.0)
    return np.sum(
        [np.float32(s) * smoothstep(*tuning.NEAR, each) for s, each in zip(shares, levels, strict=True) if s], 0
    )


def _relit(ratio: Float32, fold: Float32, share: Float32) -> Float32:
    """Factor of each colour channel float32[N, 3] for a share of a ratio of luminances above 0, both [N, 1]."""
    # Exponentials are faster than powers.
    change = share * np.log(ratio)
    return np.exp(np.where(change < 0.0, fold * change, change))


def _without_streaks(skin: Float32, drawn_out: Float32, layers: Layers, here: Indices) -> Float32:
    """Moved skin float32[N, 3] at numbers of pixels: what is drawn out is smooth, with the grain of the photo."""
    part = _Part.of(drawn_out, here)
    share, (picture,) = part.share, part.pictures(skin)
    sigma = tuning.DRAWN_OUT_BLUR * layers.millimetre
    smooth = np.asarray(blur(share * picture, sigma) / np.maximum(blur(share, sigma), np.float32(1e-4)), np.float32)
    smooth = grained(smooth, np.broadcast_to(layers.grain, (*drawn_out.shape, 1))[part.area])
    return part.replaced(skin, picture, smooth)


def _unfolded(skin: Float32, plain: Float32, unfolds: Float32, layers: Layers, here: Indices) -> Float32:
    """Moved skin float32[N, 3] at numbers of pixels: lids that unfold show skin as it is about them, float32[N, 3]."""
    part = _Part.of(unfolds, here)
    share, (picture, about) = part.share, part.pictures(skin, plain)
    sigma = tuning.UNFOLDED_BLUR * layers.millimetre
    form = blur(share * picture, sigma) / np.maximum(blur(share, sigma), np.float32(1e-4))
    brighter = np.maximum(tuning.UNFOLDED_SHADE * about - form, 0.0)
    form = np.asarray(form + tuning.UNFOLDED_SKIN * brighter, np.float32)
    texture = np.broadcast_to(layers.pores, (*unfolds.shape, 1))[part.area]
    return part.replaced(skin, picture, np.asarray(form * (1.0 + texture), np.float32))


class _Part(NamedTuple):
    """The part of a window in which pixels are replaced."""

    area: Area
    share: Float32
    """float32[h', w', 1], how far they are."""
    inside: Bool
    """bool[N], which of the numbered pixels lie in it."""
    place: tuple[Indices, Indices]
    """Their rows and columns in it."""

    @classmethod
    def of(cls, share: Float32, here: Indices) -> "_Part":
        """That of a share float32[h, w], of which pixels with these numbers count."""
        area = box(share[..., np.newaxis], 3)
        inside, place = _within(area, here, share.shape[1])
        shown = np.zeros((*share[area].shape, 1), np.float32)
        shown[place] = share.reshape(-1, 1)[here[inside]]
        return cls(area, shown, inside, place)

    def pictures(self, *colours: Float32) -> list[Float32]:
        """Colours float32[N, 3] as pictures float32[h', w', 3]."""
        found = [np.zeros((*self.share.shape[:2], 3), np.float32) for _ in colours]
        for picture, colour in zip(found, colours, strict=True):
            picture[self.place] = colour[self.inside]
        return found

    def replaced(self, colours: Float32, old: Float32, new: Float32) -> Float32:
        """Colours float32[N, 3] with a picture float32[h', w', 3] in the place of another, as far as it counts."""
        result = colours.copy()
        result[self.inside] += (self.share * (new - old))[self.place]
        return result


def _unfolds(move: Float32) -> Float32:
    """How far skin is drawn out as no lid's is, which unfolds, float32[h, w]."""
    return np.asarray(smoothstep(*tuning.UNFOLDS, 1.0 - _area(move)), np.float32)


def _drawn_out(move: Float32) -> Float32:
    """How far skin is drawn out so that its texture becomes streaks, float32[h, w]."""
    return np.asarray(smoothstep(*tuning.DRAWN_OUT, 1.0 - _area(move)), np.float32)


def _area(move: Float32) -> Float32:
    """Area in the photo over that in the picture, float32[h, w]."""
    across, down = _derivative(move, 2), _derivative(move, 1)
    return np.asarray((1.0 + across[0]) * (1.0 + down[1]) - across[1] * down[0], np.float32)


def _relaxed(move: Float32) -> Float32:
    """How far creases of the source vanish, float32[h, w]: where skin that was pulled together lies free again."""
    area = _area(move)
    size = max(1.0, tuning.RELAXED_BLUR * max(area.shape))
    return np.asarray(tuning.MOST_RELAXED * smoothstep(*tuning.RELAXED, 1.0 - blur(area, size)))


def _derivative(field: Float32, axis: int) -> Float32:
    """Half the difference of the neighbours along an axis, at whose ends those are the other end."""
    field = np.moveaxis(field, axis, 0)
    slope = np.empty_like(field)
    np.subtract(field[2:], field[:-2], out=slope[1:-1])
    slope[0], slope[-1] = field[1] - field[-1], field[0] - field[-2]
    slope *= np.float32(0.5)
    return np.moveaxis(slope, 0, axis)
