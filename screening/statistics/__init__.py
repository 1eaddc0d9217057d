"""Disclosure control: what published figures may show so that they identify nobody."""
