"""London as a grid of tiles, one a borough, as SVG to stand inside a page: no boundary file, each borough as large.

The tiles stand about where the boroughs do; the grid is drawn by hand, and is no map to measure on. Which figures it
shows is decided in `page`.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

GRID: Mapping[str, tuple[str, int, int]] = {
    "E09000010": ("Enf", 4, 0),
    "E09000015": ("Hrw", 2, 1),
    "E09000003": ("Brn", 3, 1),
    "E09000014": ("Hgy", 4, 1),
    "E09000031": ("Wth", 5, 1),
    "E09000017": ("Hdn", 0, 2),
    "E09000009": ("Elg", 1, 2),
    "E09000005": ("Brt", 2, 2),
    "E09000007": ("Cmd", 3, 2),
    "E09000019": ("Isl", 4, 2),
    "E09000012": ("Hck", 5, 2),
    "E09000026": ("Rdb", 6, 2),
    "E09000016": ("Hvg", 7, 2),
    "E09000018": ("Hns", 0, 3),
    "E09000013": ("Hms", 1, 3),
    "E09000020": ("Kns", 2, 3),
    "E09000033": ("Wst", 3, 3),
    "E09000001": ("City", 4, 3),
    "E09000030": ("Tow", 5, 3),
    "E09000025": ("Nwm", 6, 3),
    "E09000002": ("Bar", 7, 3),
    "E09000027": ("Rch", 1, 4),
    "E09000032": ("Wns", 2, 4),
    "E09000022": ("Lam", 3, 4),
    "E09000028": ("Swr", 4, 4),
    "E09000023": ("Lsh", 5, 4),
    "E09000011": ("Grn", 6, 4),
    "E09000004": ("Bxl", 7, 4),
    "E09000021": ("Kng", 2, 5),
    "E09000024": ("Mrt", 3, 5),
    "E09000008": ("Crd", 4, 5),
    "E09000006": ("Brm", 5, 5),
    "E09000029": ("Stn", 3, 6),
}
"""Borough: what its tile calls it, its column from the west and its row from the north."""

_TILE, _GAP = 42, 2
_WIDTH, _HEIGHT = 8 * (_TILE + _GAP), 7 * (_TILE + _GAP)
_SHADES = ("#e6eff6", "#bfd5e6", "#8fb5d3", "#2f6d9e", "#12436d")
"""From light to dark, in the order of the figures: fifths, so that one high figure does not make the others alike."""
_INK, _PAPER = "#1b1f24", "#ffffff"


class Tile(NamedTuple):
    """A borough, the figure that its shade is by, and what is written: the figure, or why there is none."""

    area_code: str
    area: str
    value: float | None
    written: str


def tile_map(name: str, tiles: Sequence[Tile], *, title: str, description: str) -> str:
    """Draw the boroughs, darker where the figure is higher; a borough without a figure is hatched.

    `name` tells the identifiers of the drawing from others on its page.
    """
    held = {tile.area_code: tile for tile in tiles}
    ranked = sorted(tile.value for tile in tiles if tile.value is not None)
    drawn = []
    for code, (short, column, row) in GRID.items():
        tile = held.get(code)
        x, y = column * (_TILE + _GAP), row * (_TILE + _GAP)
        if tile is None or tile.value is None:
            fill, ink, written = f"url(#{name}-none)", _INK, tile.written if tile else "none"
        else:
            shade = len(_SHADES) * ranked.index(tile.value) // len(ranked)
            fill, ink, written = _SHADES[shade], _INK if shade < 3 else _PAPER, tile.written
        middle = x + _TILE // 2
        drawn.append(
            f'<g fill="{ink}"><title>{escape(f"{tile.area if tile else short}: {written}")}</title>'
            f'<rect x="{x}" y="{y}" width="{_TILE}" height="{_TILE}" fill="{fill}"/>'
            f'<text x="{middle}" y="{y + 18}" font-size="12">{escape(short)}</text>'
            f'<text x="{middle}" y="{y + 33}" font-size="12" font-weight="bold">{escape(written)}</text></g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT + 26}" role="img" '
        f'aria-labelledby="{name}-title {name}-description" font-family="Arial, Helvetica, sans-serif" '
        f'text-anchor="middle"><title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-description">{escape(description)}</desc>'
        f'<defs><pattern id="{name}-none" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><rect width="6" height="6" fill="{_PAPER}"/>'
        f'<rect width="1.2" height="6" fill="#cfd5db"/></pattern></defs>{"".join(drawn)}{_key(name)}</svg>'
    )


def _key(name: str) -> str:
    """Tell what the shades mean."""
    y = _HEIGHT + 8
    shades = "".join(
        f'<rect x="{92 + 22 * place}" y="{y}" width="22" height="13" fill="{shade}"/>'
        for place, shade in enumerate(_SHADES)
    )
    return (
        f'<g fill="{_INK}" font-size="12"><text x="0" y="{y + 11}" text-anchor="start">Lowest fifth</text>{shades}'
        f'<text x="208" y="{y + 11}" text-anchor="start">highest</text>'
        f'<rect x="264" y="{y}" width="22" height="13" fill="url(#{name}-none)" stroke="#8a939c"/>'
        f'<text x="292" y="{y + 11}" text-anchor="start">no figure</text></g>'
    )
