"""The screens themselves, and what is laid over them."""
