"""Audit entries for staff actions, and the page that shows them."""
