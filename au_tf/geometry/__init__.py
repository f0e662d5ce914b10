"""Where things are: cameras, poses, similarities and landmarks."""
