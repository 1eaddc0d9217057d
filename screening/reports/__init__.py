"""Descriptions of a questionnaire for people and programs: diff, diagram, FHIR, citations."""
