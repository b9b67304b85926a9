"""A card as frozen values, and the plan built from it."""
