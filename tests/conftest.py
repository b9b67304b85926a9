import hypothesis

# Two busy cores make any deadline a coin toss; what is fast is measured by `make bench`.
hypothesis.settings.register_profile("shared", deadline=None)
hypothesis.settings.load_profile("shared")
