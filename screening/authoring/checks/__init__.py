"""The guarantees that question files must keep before anyone sees them. Each check reads, and yields findings.

No check imports another: what several need is in `screening.authoring`.
"""
