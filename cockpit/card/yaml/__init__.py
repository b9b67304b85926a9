"""YAML 1.2 as nodes, each with its place."""
