"""What is written down, and how. Plain SQLAlchemy: functions that take a session."""
