"""The regressor: a first answer to what a picture shows."""
