"""The questionnaires that are and were served: versions, checks, comparison, preview and what-if."""
