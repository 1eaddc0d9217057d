"""Settings: normalizes each value that an operator sets, or rejects it with what to write instead."""
