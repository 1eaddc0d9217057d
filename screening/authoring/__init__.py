"""The pipeline from question files to a checked questionnaire: read, validate, build, check."""
