"""The core: questionnaire, journey and summary. Imports no Flask, WTForms or SQL."""
