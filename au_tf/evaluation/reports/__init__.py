"""What was measured, as markdown, CSV and pictures."""
