"""What a face model's file lacks, carried over from the built-in face."""
