"""Characters, normalization, syllables and text width. Imports no questionnaire code."""
