"""Characters, syllables, text width and reading time. Knows no questionnaire."""
