"""Review pages: the list of submissions, one submission, code look-up, deletion and export."""
