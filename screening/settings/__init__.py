"""Reading what an operator sets: each value is brought to one form, or refused with a sentence and a remedy."""
