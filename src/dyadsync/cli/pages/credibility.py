"""How far a finding like the shipped one can be trusted: four numbers, each with a picture.

Each number stands in a result that a chapter has published, and leads to that chapter.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from docutils import nodes

from dyadsync.cli.pages.of_results import OfResults
from millbook.pages.elements import interval_in_words, link_to, number

_WIDTH, _HEIGHT = 150, 64


@dataclass(frozen=True)
class Fact:
    """One number, what it is a number of, its picture, and the chapter that explains it."""

    value: str
    words: str
    picture: str
    chapter: str


def read_facts(
    multiverse: pd.DataFrame, trials: pd.DataFrame, pooled: pd.DataFrame
) -> tuple[Fact, ...]:
    """Make the four facts from published tables: verdicts, rates of trials, pooled synchronies."""
    agree = multiverse.set_index("effect").loc["acme", "supported"]
    trial = trials.set_index("design").loc["this design"]
    average = average_synchrony(pooled)
    low, high = average["ci_lower"], average["ci_upper"]
    none = ", perhaps none" if low <= 0 <= high else ""
    return (
        Fact(
            number(average["estimate"]),
            f"average synchrony ({interval_in_words(low, high)}){none}",
            draw_average(average["estimate"], low, high),
            "synchrony",
        ),
        Fact(
            f"{100 * agree:.0f} of 100",
            "defensible analyses support mediation",
            draw_count(agree),
            "multiverse",
        ),
        Fact(
            f"{100 * trial['pattern']:.0f} of 100",
            "studies of this size find all three claims",
            draw_count(trial["pattern"]),
            "power",
        ),
        Fact(
            f"{trial['exaggeration']:.1f} times",
            "the average estimate, where all three are found",
            draw_ratio(trial["exaggeration"]),
            "power",
        ),
    )


def average_synchrony(pooled: pd.DataFrame) -> pd.Series:
    """Choose the interval that holds its level where dyads differ, see `pooled_synchrony`."""
    rows = pooled.set_index(["method", "interval"])
    return rows.loc["rm_corr", "studentised bootstrap over dyads"]


def draw_count(share: float) -> str:
    """Draw a hundred dots, of which a share is filled."""
    filled = round(100 * share)
    dots = (
        f'<circle class="{"filled" if k < filled else "hollow"}" cx="{6 + 7.2 * (k % 20):.1f}" '
        f'cy="{8 + 12 * (k // 20)}" r="2.9"/>'
        for k in range(100)
    )
    return _svg("".join(dots))


def draw_ratio(ratio: float) -> str:
    """Draw two bars, the second as many times as long."""
    longest = _WIDTH / max(ratio, 1.0)
    return _svg(
        f'<rect class="hollow" x="0" y="10" width="{longest:.1f}" height="16"/>'
        f'<rect class="filled" x="0" y="36" width="{longest * ratio:.1f}" height="16"/>'
    )


def draw_average(estimate: float, low: float, high: float) -> str:
    """Draw a correlation and its interval between -1 and 1, with 0 in the middle."""
    middle = _WIDTH / 2
    x, start, end = (middle + (middle - 8) * value for value in (estimate, low, high))
    return _svg(
        f'<line class="rule" x1="8" x2="{_WIDTH - 8}" y1="30" y2="30"/>'
        f'<line class="zero" x1="{middle}" x2="{middle}" y1="14" y2="46"/>'
        f'<line class="range" x1="{start:.1f}" x2="{end:.1f}" y1="30" y2="30"/>'
        f'<circle class="filled" cx="{x:.1f}" cy="30" r="6"/>'
        + "".join(
            f'<text x="{at}" y="62">{words}</text>'
            for at, words in ((8, "−1"), (middle, "0"), (_WIDTH - 8, "1"))
        )
    )


def _svg(parts: str) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
        f'aria-hidden="true">{parts}</svg>'
    )


class Credibility(OfResults):
    """The four facts, each a link to its chapter."""

    def run(self) -> list[nodes.Node]:
        """Make the list."""
        facts = read_facts(
            self.table("multiverse_verdicts"),
            self.table("trial_rates"),
            self.table("pooled_synchrony"),
        )
        return [nodes.bullet_list("", *map(self._item, facts), classes=["credibility"])]

    def _item(self, fact: Fact) -> nodes.list_item:
        link = link_to(self.env.docname, fact.chapter, nodes.Text(fact.words))
        words = nodes.paragraph("", "", nodes.strong("", fact.value), nodes.Text(" "), link)
        return nodes.list_item("", nodes.raw("", fact.picture, format="html"), words)
