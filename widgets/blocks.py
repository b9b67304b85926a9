"""Block letters and digits out of `█ ▀ ▄` alone, for what must be read across the room.

A letter is 6 half-rows high and mostly 6 cells wide with stems of 2 cells; all digits are 6 wide,
so that a running number does not jitter.
"""

from functools import lru_cache
from types import MappingProxyType
from typing import Final

HALF_ROWS: Final = 6

# One string a letter, its half-rows apart by «/». The 2 is built of bars and no diagonal, so that
# it is no Z; the 0 carries a stroke, so that it is no O.
_DRAWINGS: Final = MappingProxyType(
    {
        "A": " #### /##  ##/##  ##/######/##  ##/##  ##",
        "B": "##### /##  ##/##### /##  ##/##  ##/##### ",
        "C": " #####/##    /##    /##    /##    / #####",
        "D": "##### /##  ##/##  ##/##  ##/##  ##/##### ",
        "E": "######/##    /##### /##    /##    /######",
        "F": "######/##    /##### /##    /##    /##    ",
        "G": " #### /##    /## ###/##  ##/##  ##/ #####",
        "H": "##  ##/##  ##/######/##  ##/##  ##/##  ##",
        "I": "######/  ##  /  ##  /  ##  /  ##  /######",
        "K": "##  ##/## ## /####  /## ## /##  ##/##  ##",
        "L": "##    /##    /##    /##    /##    /######",
        "M": "##   ##/### ###/#######/## # ##/##   ##/##   ##",
        "N": "##  ##/### ##/######/## ###/##  ##/##  ##",
        "O": " #### /##  ##/##  ##/##  ##/##  ##/ #### ",
        "P": "##### /##  ##/##  ##/##### /##    /##    ",
        "R": "##### /##  ##/##  ##/##### /## ## /##  ##",
        "S": " #####/##    / #### /    ##/    ##/##### ",
        "T": "######/  ##  /  ##  /  ##  /  ##  /  ##  ",
        "U": "##  ##/##  ##/##  ##/##  ##/##  ##/ #### ",
        "V": "##  ##/##  ##/##  ##/##  ##/ #### /  ##  ",
        "W": "##   ##/##   ##/## # ##/#######/### ###/##   ##",
        "Y": "##  ##/##  ##/ #### /  ##  /  ##  /  ##  ",
        "0": " #### /##  ##/## ###/### ##/##  ##/ #### ",
        "1": "  ##  / ###  /  ##  /  ##  /  ##  /######",
        "2": " #### /##  ##/    ##/ #### /##    /######",
        "3": " #### /##  ##/  ### /    ##/##  ##/ #### ",
        "4": "##  ##/##  ##/##  ##/######/    ##/    ##",
        "5": "######/##    /##### /    ##/    ##/##### ",
        "6": " #### /##    /##### /##  ##/##  ##/ #### ",
        "7": "######/    ##/   ## /  ##  /  ##  /  ##  ",
        "8": " #### /##  ##/ #### /##  ##/##  ##/ #### ",
        "9": " #### /##  ##/##  ##/ #####/    ##/ #### ",
        "h": "##    /##    /##### /##  ##/##  ##/##  ##",
        "m": "       /       /###### /## # ##/## # ##/## # ##",
        "s": "     /     / ####/###  /  ###/#### ",
        "d": "    ##/    ##/ #####/##  ##/##  ##/ #####",
        "-": "    /    /####/####/    /    ",
        "+": "  ##  /  ##  /######/######/  ##  /  ##  ",
        ":": "  /##/  /  /##/  ",
        " ": "  /  /  /  /  /  ",
    }
)
_UNKNOWN: Final = "######/#    #/#    #/#    #/#    #/######"

# The half-row a squat letter can spare; 3 where nothing else is said.
_SPARE: Final = MappingProxyType({"R": 2, "A": 4, "H": 4, "N": 4, "M": 4, "D": 3})
_HALVES: Final = MappingProxyType(
    {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}
)


def _letter(char: str, *, squat: bool) -> list[str]:
    rows = _DRAWINGS.get(char, _UNKNOWN).split("/")
    if squat:
        del rows[_SPARE.get(char, 3)]
        rows.insert(0, " " * len(rows[0]))
    return rows


@lru_cache(maxsize=128)
def block_rows(text: str, *, scale: int = 1, squat: bool = False) -> tuple[str, ...]:
    r"""Draw a text as 3 rows of cells (6 at scale 2); an unknown character is a hollow box.

    `scale` is 1 or more: cells a pixel is wide, half-rows it is high. `squat` leaves the upper half
    of the first row free by one half-row less height, where nothing stands between it and the edge.

    >>> print("\n".join(block_rows("GO")))
    ▄█▀▀▀  ▄█▀▀█▄
    ██ ▀██ ██  ██
    ▀█▄▄██ ▀█▄▄█▀
    """
    letters = [_letter(char, squat=squat) for char in text]
    half_rows = [" ".join(letter[row] for letter in letters) for row in range(HALF_ROWS)]
    grown = [
        "".join(pixel * scale for pixel in row) for row in half_rows for _ in range(max(1, scale))
    ]
    return tuple(
        "".join(_HALVES[a == "#", b == "#"] for a, b in zip(upper, lower, strict=True))
        for upper, lower in zip(grown[::2], grown[1::2], strict=True)
    )


def block_width(text: str, *, scale: int = 1) -> int:
    """Return how many cells `block_rows` takes for a text.

    >>> block_width("2:41"), block_width("2:41", scale=2)
    (23, 46)
    """
    return len(block_rows(text, scale=scale)[0])
