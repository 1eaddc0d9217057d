"""Screening: a questionnaire that informs and never recommends."""
