"""Insights for reviewers, and published figures for everyone with an account."""
