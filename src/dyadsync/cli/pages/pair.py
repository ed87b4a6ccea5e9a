"""One pair of people as one number: two curves and their synchrony, as SVG and to share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes

from dyadsync.arrays import FloatArray
from dyadsync.cli.pages.of_results import OfResults, read_json
from millbook.pages.elements import number

_PERSON = '<circle cy="-13" r="10"/><path d="M-19 20v-4a19 17 0 0 1 38 0v4z"/>'


class Pair(OfResults):
    """Two people, their sessions, two curves and one number; the content is the caption."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw the pair that a chapter has published as ``pair``."""
        drawing = draw_pair(read_json(self.path("pair.json")))
        figure = nodes.figure("", nodes.raw("", drawing, format="html"), classes=["pair"])
        blocks = self.parse_content_to_nodes()
        figure += nodes.caption("", "", *[part for block in blocks for part in block.children])
        return [figure]


def draw_pair(pair: dict[str, Any]) -> str:
    """Draw two people, a curve each over the sessions that both have, and their synchrony, as SVG.

    The pair has ``sessions``, ``patient`` and ``therapist`` (changes, of any unit), ``synchrony``.
    """
    curves = {who: deviations(np.asarray(pair[who], float)) for who in ("patient", "therapist")}
    reach = max(float(np.abs(curve).max()) for curve in curves.values()) or 1.0
    across = np.linspace(100, 272, len(pair["sessions"]))
    parts = []
    for who, top in (("patient", 62), ("therapist", 138)):
        parts.append(f'<g class="{who} person" transform="translate(34 {top})">{_PERSON}</g>')
        parts.append(f'<text class="quiet" x="34" y="{top + 36}">{who}</text>')
    for x, session in zip(across, pair["sessions"], strict=True):
        parts.append(f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="28" y2="178"/>')
        parts.append(f'<text x="{x:.1f}" y="196">{session}</text>')
    parts.append('<text class="quiet" x="186" y="214">session</text>')
    for who, curve in curves.items():
        points = np.column_stack([across, 103 - 68 * curve / reach])
        parts.append(f'<path class="{who} curve" d="{_smooth(points)}"/>')
        parts += [f'<circle class="{who}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>' for x, y in points]
    shown = number(round(pair["synchrony"], 2) + 0.0)  # no negative zero
    width = 400 if len(shown) <= len("0.00") else 420  # a minus needs room
    parts.append(f'<text class="large" x="346" y="112">{shown}</text>')
    parts.append('<text class="quiet" x="346" y="134">synchrony</text>')
    sessions = len(pair["sessions"])
    words = (
        f"A patient and a therapist, a curve each over {sessions} sessions, and one number: their "
        f"synchrony is {shown}."
    )
    return (
        f'<svg viewBox="0 18 {width} 202" width="{width}" height="202" role="img" '
        f'aria-label="{words}">{"".join(parts)}</svg>'
    )


def deviations(values: FloatArray) -> FloatArray:
    """Measure values from their mean in their standard deviations; none where they are equal."""
    spread = values.std()
    return (values - values.mean()) / spread if spread > 0 else np.zeros_like(values)


def _smooth(points: FloatArray) -> str:
    """Lead a path through points, level at highest and lowest ones, so that it invents none."""
    steps = np.diff(points, axis=0)
    slopes = steps[:, 1] / steps[:, 0]
    turns = np.concatenate([[0], np.where(slopes[:-1] * slopes[1:] > 0, 1, 0), [0]])
    means = np.concatenate([[0], (slopes[:-1] + slopes[1:]) / 2, [0]])
    tangents = turns * means
    third = steps[:, 0] / 3
    path = f"M{points[0, 0]:.1f} {points[0, 1]:.1f}"
    for k, (end, width) in enumerate(zip(points[1:], third, strict=True)):
        first = points[k] + [width, width * tangents[k]]
        second = end - [width, width * tangents[k + 1]]
        path += "C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in (first, second, end))
    return path


def draw_card(title: str, pair: dict[str, Any], style: Path, file: Path) -> None:
    """Draw a pair's two curves below the book's title, 1200 by 630 pixels, for shared links.

    The first colours of the style are the persons'. Equal pairs give equal bytes.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    cycle = mpl.rc_params_from_file(style, use_default_template=False)["axes.prop_cycle"]
    placed: dict[Any, Any] = {"figure.constrained_layout.use": False, "figure.autolayout": False}
    with mpl.rc_context({"font.family": "DejaVu Serif", **placed}):
        figure = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(0.06, 0.84, title, fontsize=36, weight="bold", color="#1c2226", va="center")
        axes = figure.add_axes((0.06, 0.1, 0.88, 0.6))
        axes.axis("off")
        for who, colour in zip(("patient", "therapist"), cycle.by_key()["color"], strict=False):
            curve = deviations(np.asarray(pair[who], float))
            axes.plot(curve, color=colour, linewidth=9, marker="o", markersize=22)
        figure.savefig(file, metadata={"Software": None})
