"""The commands of the packaged card in a rehearsal, one module per command.

They run as child processes of a step and read the world's environment variables. The exit status
is 0 on success, 1 on failure, 2 for wrong arguments.
"""
