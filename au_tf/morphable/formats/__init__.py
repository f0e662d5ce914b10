"""Readers of the face models that people hold licences for."""
