"""File formats for answers: wide and long CSV, NDJSON, FHIR responses, and the codebook that explains them."""
