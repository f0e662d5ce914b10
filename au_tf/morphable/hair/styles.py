"""Ways in which hair is worn."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Style:
    """One way; lengths in mm."""

    kind: str
    """`hair`, `beard`, `moustache`, `brows`, `lashes`, a `cap`, whose strands are yarn, or `glasses`: their length and
    volume are a lens's, which is the more rectangular the smaller the curl, and dark if they clump."""
    length: float
    """Of the longest strands."""
    sides: float = 1.0
    """Length beside and behind, as a share."""
    fringe: float = 0.0
    """Length of what falls into the forehead; 0 is none."""
    flow: str = "crown"
    """Where it is combed: away from the `crown`, `back`, from a `part`, `down`, `out` of the head, or to a `knot`."""
    lift: float = 0.3
    """How steeply it leaves the skin, 0 to 1."""
    comb: float = 0.6
    """How closely it follows the flow."""
    gravity: float = 0.1
    """How soon it falls."""
    volume: float = 6.0
    """How high it lies."""
    cling: float = 0.3
    """How firmly it is pressed to the head."""
    curl: float = 0.0
    """Radius of curls."""
    turns: float = 3.0
    """Of a curl along a strand."""
    clump: float = 0.4
    """How much strands gather in locks, 0 to 1."""
    back: float = 0.0
    """How far the hairline has gone back at the temples and forehead."""
    points: int = 7
    """Of each strand."""
    strands: int = 4200
    """How many cover it in a picture of a face 400 pixels high."""
    width: float = 1.6
    """Of each of them."""
    part: float = 25.0
    """How far left of the middle hair is parted."""


_LONG = Style(
    "hair",
    300.0,
    flow="part",
    lift=0.1,
    comb=0.8,
    gravity=0.6,
    volume=9.0,
    points=12,
    clump=0.6,
    part=0.0,
    strands=3800,
    width=2.1,
)
_SHORT = Style("hair", 34.0, sides=0.24, lift=0.3, comb=0.7, volume=9.0, strands=5600, points=6)

HAIR = {
    "buzz": Style("hair", 6.0, lift=0.8, comb=0.3, gravity=0.0, volume=4.0, points=3, strands=9000, width=1.0, clump=0),
    "short": _SHORT,
    "receding": replace(_SHORT, length=24.0, back=22.0),
    "side parting": replace(_SHORT, length=70.0, sides=0.2, flow="part", lift=0.3, volume=11.0, points=8, gravity=0.2),
    "swept back": replace(_SHORT, length=85.0, sides=0.25, flow="back", lift=0.35, volume=12.0, points=8),
    "fringe": replace(_SHORT, length=80.0, sides=0.8, fringe=60.0, lift=0.12, gravity=0.5, volume=11.0, points=9),
    "bob": replace(_LONG, length=190.0, fringe=55.0, flow="crown", points=10),
    "long": _LONG,
    "long, side parting": replace(_LONG, length=260.0, part=32.0, curl=3.5, turns=1.8),
    "wavy": replace(_LONG, length=280.0, curl=8.0, turns=2.8, volume=15.0, points=20, width=2.1, strands=3400),
    "curly": replace(_LONG, length=150.0, curl=8.0, turns=3.2, lift=0.4, comb=0.5, volume=20.0, points=26,
                     gravity=0.5, strands=4000, width=1.6),
    "afro": Style("hair", 60.0, flow="out", lift=1.0, cling=0.0, comb=0.5, gravity=0.02, volume=4.0, curl=5.0,
                  turns=3.0, points=9, strands=5600, clump=0.25),
    "short curls": Style("hair", 26.0, 0.5, flow="out", lift=0.9, cling=0.0, gravity=0.05, volume=3.0, curl=4.0,
                         turns=1.6, points=7, strands=6000, clump=0.3),
    "tied": Style("hair", 210.0, flow="knot", lift=0.05, comb=1.2, gravity=0.1, volume=4.0, cling=0.9, points=14,
                  clump=0.5),
}  # fmt: skip
"""Of the scalp, by name."""

BEARDS = {
    "stubble": Style("beard", 4.0, lift=0.6, flow="down", volume=2.0, points=3, strands=3200, width=0.4, clump=0.0),
    "short": Style("beard", 11.0, lift=0.45, flow="down", comb=0.6, gravity=0.3, volume=5.0, points=4, strands=3000,
                   width=0.9, clump=0.3),
    "full": Style("beard", 24.0, lift=0.5, flow="down", comb=0.5, gravity=0.5, volume=9.0, curl=1.2, turns=2.0,
                  points=7, strands=3200, width=1.2, clump=0.5),
}  # fmt: skip
"""Of chin and jaws, by name."""

MOUSTACHE = Style("moustache", 8.0, lift=0.25, flow="down", comb=0.7, gravity=0.3, volume=3.0, points=4, strands=700,
                  width=0.6, clump=0.2)  # fmt: skip
CAP = Style("cap", 16.0, volume=6.0, points=4, strands=7000, width=2.6, clump=0.0)  # fmt: skip
GLASSES = {
    "round": Style("glasses", 44.0, volume=40.0, curl=1.0, points=24, width=1.4, clump=0.0),
    "rectangular": Style("glasses", 51.0, volume=33.0, curl=0.55, points=24, width=3.4, clump=0.0),
    "wire": Style("glasses", 50.0, volume=36.0, curl=0.75, points=24, width=0.8, clump=0.0),
    "dark": Style("glasses", 54.0, volume=42.0, curl=0.75, points=24, width=2.6, clump=1.0),
}
"""By name."""
BROWS = Style("brows", 8.5, lift=0.22, comb=0.9, gravity=0.0, volume=0.9, points=4, strands=640, width=0.24, clump=0.0)
LASHES = Style("lashes", 8.0, gravity=0.0, points=5, strands=230, width=0.2, clump=0.0)
