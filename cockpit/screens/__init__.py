"""The Textual side of the cockpit: themes, the view from state to widgets, the screens."""

import os

# Textual draws 60 times a second and reads this when it is first imported: twice as often halves
# the wait between a key and what it shows, and costs nothing while nothing changes.
os.environ.setdefault("TEXTUAL_FPS", "120")
