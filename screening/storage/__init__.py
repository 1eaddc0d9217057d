"""Every table and every query, in plain SQLAlchemy: functions that take a session."""
