"""Checks of what question files must guarantee before anyone sees them. Each check only reads, and yields findings.

No check imports another: shared code is in `screening.authoring`.
"""
