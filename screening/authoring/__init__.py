"""Question files to a checked questionnaire: read, validate, build, check."""
