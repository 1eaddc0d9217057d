"""PO files: the words of the questions on their way to translators, and back."""
