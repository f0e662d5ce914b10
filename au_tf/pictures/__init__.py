"""Pictures and films: read, written, laid out on sheets; between sRGB and linear light."""
