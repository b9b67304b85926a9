"""A card as frozen values, and the plan that is made of it."""
