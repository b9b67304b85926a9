"""The small service that is rehearsed on, in two versions."""
