"""PO files: export of the questions' texts to translators, and import of translations."""
