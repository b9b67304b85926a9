"""The JSON Schema and the reference pages, made from the types of a card."""
