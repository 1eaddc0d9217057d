"""What every page shares. Knows neither patients nor staff."""
