"""Insights for reviewers, and the figures that are published to everyone who works here."""
