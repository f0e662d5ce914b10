"""Evaluation: how well estimators and generators do, and the tables and figures of the paper."""
