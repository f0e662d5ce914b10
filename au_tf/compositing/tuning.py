"""The numbers by which a photo is composed anew, chosen by eye on photos; both engines take them from here."""

CLOSED = 0.06
"""Largest gap between the lips of a closed mouth, a share of its width."""
LIP_LINE = 0.6
"""How dark the line between closed lips is."""

WELL_INSIDE, WELL_INSIDE_BLUR = (0.75, 0.98), 0.008
"""From which blurred coverage on a pixel is well inside the mouth, and the blur as a share of the height."""
TOOTH_GAINS = (0.4, 2.5)
"""Of a photo's teeth over rendered ones."""
FEW_TEETH = 2e-4
"""Share of the window below which teeth tell nothing about their colour."""
LIGHT_IN_TINT = 0.5
"""Exponent: the rest of what a face's colour differs from the mean in is its own skin."""

SLIT, SLIT_BLUR = (0.3, 0.9), 0.6
"""A slit thinner than a pixel is an error of the mesh rather than an open mouth."""
MOVING, MOVING_REACH = (0.3, 1.5), 0.02
"""Motion in pixels from which on skin counts as moved, as does all about it within this share of the longer side."""
STILL_PIXELS, STILL_LIGHT, STILL_COVER = 1e-2, 2e-3, 1e-3
"""Motion, change of light and coverage by eyes and mouth below which a pixel stays what it is."""
NEAR, REACH, LEAST_REACH = (0.04, 0.5), 0.07, 4.0
"""How motion dies away beyond the face: by its blurred coverage, as wide as a share of the longer side, or pixels."""
ANOTHER = (0.02, 0.1)
"""Share of its brightness by which a colour differs that is the photo's no longer."""
LIGHT_BLUR = 0.8
"""Pixels."""
RELAXED, RELAXED_BLUR, MOST_RELAXED = (0.03, 0.35), 0.012, 0.7
"""Growth of the area at which creases vanish, its blur as a share of the longer side, and how far they do."""

SHADOW, SHADOW_BLUR, LEAST_SHADOW = (0.0, 0.95), 0.012, 0.35
"""How lips shade the mouth: by its coverage, blurred by a share of the height, down to this light."""
SEEN_BLUR = 0.7
"""Pixels."""
