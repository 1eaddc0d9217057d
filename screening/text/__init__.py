"""Characters, normalization, syllables, text width and column names. Imports no questionnaire code."""
