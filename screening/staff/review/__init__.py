"""The list of submissions, one submission, looking up a code, deleting, exporting."""
