"""The numbers by which a photo is composed anew, chosen by eye on photos; both engines take them from here."""

import numpy as np

SHADED = (0.01, 0.9)
"""Linear light between which pixels tell how colour goes with shadow."""
MOST_FOLD = 3.0
"""How much more than in life it goes at most: 2.9 on an overexposed still of television, 1.1 on photos (15 people)."""
NO_HEADROOM = (0.75, 0.98)
"""Linear light of a channel from which on a pixel is relit less, and not at all."""

CLOSED = 0.06
"""Largest gap between the lips of a closed mouth, a share of its width."""
LIP_LINE, LIP_LINE_WIDTH = 0.55, 0.6
"""How dark the line between lips that close is, and how wide, mm (standard deviation)."""

WELL_INSIDE, WELL_INSIDE_BLUR = (0.75, 0.98), 0.008
"""From which blurred coverage on a pixel is well inside the mouth, and the blur as a share of the height."""
TOOTH_GAINS = (0.4, 2.5)
"""Of a photo's teeth over rendered ones."""
FEW_TEETH = 8.0
"""Square mm below which teeth tell nothing about their colour."""
TOOTH_BLUR, TOOTH_LIMITS = 1.5, (0.7, 1.4)
"""Blur in mm with which that is measured along the row, wider than what parts two teeth; and limits, of the mean."""
WHITE, RED, LEAST_RED = (0.45, 0.7), (0.8, 1.15), 0.12
"""Luminance of teeth over that of the brightest; their redness over that of the skin, which is at least that much."""
LAMP_REACH = 0.45
"""How far about the nose the skin tells the light, a share of the distance of the outer eye corners."""
DIM = 0.004
"""Linear light below which nothing is told of a colour."""
BRIGHTEST = 0.85
"""Linear light that nothing in a mouth exceeds but in the photo."""
LIGHT_IN_TINT = 0.5
"""Exponent: the rest of what a face's colour differs from the mean in is its own skin."""
SKY_WIDTH, SKY_LEVELS = 0.33, (0.75, 1.5, 3.0, 6.0, 12.0, 24.0)
"""Blur, over the depth, of the opening that a point in the mouth sees; and the blurs, in mm, to choose from."""
SKY_HEIGHT, SKY_POWER, LEAST_SKY = 0.3, 2.8, 0.045
"""How far above it looks, over the blur; exponent of what it sees, and the least light."""
FLESH, TEETH_SHADE = 2.0, 0.4
"""How much more colourful than skin what is no tooth is; and further exponent of the light on teeth."""
LIPS = 6.0
"""mm by which lips are thicker than their edge, behind which depths are measured."""
ROUND, ROUNDED, LEAST_NEAR = 3.0, (0.28, 0.5), 0.2
"""Blur in mm of an opening, blurred coverage, over the greatest, at which its sharp corners end, which are round in
life, and what counts as the greatest at least."""
EYE_SEEN = 0.95
"""Coverage from which on a pixel shows nothing but an eye."""
LID_SHADE, LEAST_EYE = 1.0, 0.45
"""Blur, in mm, and depth of the shadow that the upper lid throws on an eye."""
SOCKET = 0.6
"""Share of the light that reaches an eye, which lies in its socket."""
WET, WET_GREY, WET_WIDTH = np.array([0.36, 0.54, 0.50], np.float32), np.float32(0.50), 1.0
"""What the inner edge of parted lips swallows of red, green and blue, and of the light in a grey photo; and how wide it
is in mm (standard deviation)."""
INNER_LIP, INNER_LIP_ENDS, INNER_LIP_BELOW = 1.0, (0.5, 0.97), 1.0
"""Blur, in mm, of an opening, by whose coverage between these lips turn inwards and end, and how far, over the blur, a
lower lip turns up."""
INNER_LIP_SHADE, INNER_LIP_ON_TEETH = 0.5, 0.35
"""Share of the light of the lips that reaches their inner side, and how far teeth, close behind them, hide it."""
RED_SHADE = 0.8
"""How far shade in a mouth is as red as that in folds of skin."""
HOLLOW_BLUR = 1.6
"""Blur, in mm, of what is dark behind the teeth: tongue and palate pass over into each other."""
MOUTH_BLUR = 0.35
"""Blur, in mm, of all that is rendered in a mouth, which is wet and lies behind what a camera is focused on."""
NOTCH, IN_NOTCH, NOTCH_BLUR = 3.0, 0.9, 1.0
"""Half the width in mm up to which gaps in the edge of a row of teeth are notches, how bright these are over the teeth,
and the blur in mm of what that is measured on."""
GRAIN = 3.5
"""Of linear light, over that of sRGB at the light of skin; the dark has less."""
MOST_SKY = 1.2
"""How much brighter the photo's own teeth become at most where the lips free them."""
OPENED, OPENED_BLUR = (0.12, 0.4), 2.0
"""Coverage by the mouth, blurred by so many mm, at which lips are parted."""

SLIT, SLIT_BLUR, SLIT_WIDTH = (0.15, 0.95), 0.6, 0.4
"""A slit thinner than a pixel, or than so many mm, is an error of the mesh rather than an open mouth."""
OPEN_BLUR, OPEN = 0.8, (0.6, 0.9)
"""Blur in mm of an opening that is no gap of the fit in a mouth that is closed, and what is left of it."""
MOVING, MOVING_REACH = (0.3, 1.5), 0.02
"""Motion in pixels from which on skin counts as moved, as does all about it within this share of the longer side."""
STILL_PIXELS, STILL_LIGHT, STILL_COVER = 1e-2, 2e-3, 1e-3
"""Motion, change of light and coverage by eyes and mouth below which a pixel stays what it is."""
NEAR, REACH, LEAST_REACH = (0.02, 0.4), 0.07, 4.0
"""How motion dies away beyond the face: by its blurred coverage, as wide as a share of the longer side, or pixels."""
REACHES, OVER_MOTION, OVER_RETREAT, BORDER = 3, 1.6, 2.8, 0.75
"""Each is twice as wide as the one before; how wide one is at least, over the motion of the face's border and where the
border retreats, so that nothing is shown twice or drawn out; and the blurred coverage up to which the border goes."""
ANOTHER = (0.02, 0.1)
"""Share of its brightness by which a colour differs that is the photo's no longer."""
LIGHT_BLUR = 0.8
"""Pixels."""
RELAXED, RELAXED_BLUR, MOST_RELAXED = (0.03, 0.25), 0.012, 0.4
"""Growth of the area at which creases vanish, its blur as a share of the longer side, and how far they do."""
DRAWN_OUT, DRAWN_OUT_BLUR = (0.5, 0.8), 1.5
"""Loss of area from the picture to the photo at which what is drawn out becomes streaks, and blur, in mm, without."""
UNFOLDS = (0.25, 0.6)
"""Loss of area from the picture to the photo from which on a lid that unfolds shows skin that the photo hides in its
fold, and shows that alone."""
UNFOLDED_BLUR, UNFOLDED_SKIN, UNFOLDED_SHADE, SOCKET_REACH = 2.5, 0.35, 0.85, 8.0
"""The form of that skin: blur, in mm, of what is drawn out; how far it is as bright as the skin about it, rather than
as the shade below a brow; what the socket leaves of that light; and the mm within which that skin is looked for."""
BACK, MOST_BACK = (1.0, 5.0), 0.8
"""mm by which skin beside the mouth comes back at which they vanish, too, and how far."""

SEEN_BLUR = 0.7
"""Pixels."""
