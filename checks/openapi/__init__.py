"""OpenAPI documents: reading, validation, differences, sample requests."""
