"""Pages about current and earlier questionnaires: versions, checks, comparison, preview and what-if."""
