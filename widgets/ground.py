"""The plain ground under the sections: laid out by its style, drawn as one blank line."""

from textual.containers import Container
from textual.geometry import Region
from textual.strip import Strip


class Ground(Container):
    """A container that draws only its ground; its sections cover most of it."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return blank lines, all the same one."""
        strip = Strip.blank(crop.width, self.visual_style.rich_style)
        for line_filter in self.get_line_filters():
            strip = strip.apply_filter(line_filter, self.background_colors[1])
        return [strip] * crop.height
