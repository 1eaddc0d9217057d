"""Every command of the command line, and only there."""
