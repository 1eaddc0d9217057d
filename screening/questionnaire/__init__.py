"""The core: questionnaire, journey and summary. Knows no Flask, no WTForms and no SQL."""
