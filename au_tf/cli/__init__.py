"""The command `au-tf`: thin, one file a command, everything heavy imported inside the functions."""
