"""Accounts, sign-in, sessions, and access by role."""
