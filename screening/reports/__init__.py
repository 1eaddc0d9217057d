"""A questionnaire described for people and programs: diff, diagram, FHIR, citations."""
