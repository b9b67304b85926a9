"""The Textual side of the cockpit: themes, the view from state to widgets, the screens."""

import os

# Textual draws 60 times a second and reads this when it is first imported. A key is painted twice,
# at once and with what the journal made of it: that is not to wait for a frame, and more frames
# cost nothing while nothing changes.
os.environ.setdefault("TEXTUAL_FPS", "240")
