"""Whether anything is lost when the cockpit is broken on purpose: `make faults`.

Each kind of fault is a file; what is judged is what really happened, and stands in `oracle.py`.
"""
