"""Whether the tests notice a wrong verdict: `make mutants` changes the code and runs them.

cosmic-ray makes the changes; the sample, seeded, and the copies of the project are ours, so that
nothing is ever changed in the working tree.
"""
