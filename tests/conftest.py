import signal

import hypothesis

pytest_plugins = ["tests.markers", "tests.routers.shifts"]

# Two busy cores make any deadline a coin toss; what is fast is measured by `make bench`.
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")

# Started under nohup or in the background these are ignored, and every child inherits that; the
# tests send them to real programs.
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
