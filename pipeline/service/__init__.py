"""The HTTP client of the service, and how the service's answers are read."""
