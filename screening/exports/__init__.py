"""File formats for answers: wide and long CSV, JSON Lines, and the codebook that explains their columns."""
