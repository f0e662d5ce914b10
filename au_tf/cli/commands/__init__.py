"""One thin file a command: each makes one call of the library."""
