"""What the commands of the packaged card really do in a rehearsal, one module a command.

They run as children of a step, get everything from the environment of the world, and end with 0
when they did it, 1 when it went wrong, 2 when they were asked wrongly.
"""
