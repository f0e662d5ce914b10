"""Faces in videos and in many photos: found, followed, told apart, fitted with one identity a person, and smoothed."""
