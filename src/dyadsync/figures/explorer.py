"""The dyad explorer: choose a dyad, see its pairs and its r beside what noise gives.

A fragment of HTML that stands by itself, in the book and in JupyterLab: its numbers are computed
here and embedded, and a few lines of plain JavaScript draw them. It needs no network and no
library; without JavaScript a table takes its place.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.errors import InputError
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import MEASURES

_BINS = np.linspace(-1.0, 1.0, 21)
_EXAMPLES = 24

_STYLE = """
#ID { border: 1px solid #888; border-radius: .4rem; padding: 1rem;
  color: #222; background: #fff; }
#ID label { display: inline; font-weight: 600; margin-right: .5rem; }
#ID select, #ID button { font: inherit; color: inherit; background: transparent;
  min-height: 2.75rem;
  padding: .3rem .7rem; border: 1px solid currentColor; border-radius: .3rem; cursor: pointer; }
#ID select option { color: #222; background: #fff; }
#ID select:focus-visible, #ID button:focus-visible { outline: 3px solid currentColor;
  outline-offset: 2px; }
#ID .panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr));
  gap: 1rem; margin-top: 1rem; }
#ID [data-part="chance"] { grid-column: 1 / -1; }
#ID p { margin: 0 0 .3rem; }
#ID .head { font-weight: 600; }
#ID svg { display: block; width: 100%; max-width: 26rem; height: auto; }
#ID svg text { fill: currentColor; font-size: 13px; font-family: inherit; }
#ID svg .frame { stroke: currentColor; stroke-opacity: .6; fill: none; }
#ID svg .zero { stroke: currentColor; stroke-opacity: .35; stroke-dasharray: 4 4; }
#ID svg .bar { fill: currentColor; fill-opacity: .35; }
#ID svg .own { fill: #0072B2; stroke: #fff; stroke-width: 1.5; }
#ID svg .noise { fill: #767676; stroke: #fff; stroke-width: 1.5; }
#ID svg .mark { stroke: #0072B2; stroke-width: 4; }
"""

# One function a part: axes with ticks, a scatter, the histogram; `show` joins them.
_SCRIPT = r"""
(() => {
  const root = document.getElementById("ID");
  if (!root) return;
  const data = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const two = (value) => value.toFixed(2).replace("-", "\u2212");
  const add = (svg, name, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    if (text !== undefined) node.textContent = text;
    svg.append(node);
  };
  const range = (values) => {
    const low = Math.min(...values), high = Math.max(...values);
    const room = (high - low || Math.abs(high) || 1) * 0.15;
    return [low - room, high + room];
  };
  const ticks = ([low, high]) => {
    const rough = (high - low) / 4, ten = 10 ** Math.floor(Math.log10(rough));
    const step = ten * [1, 2, 5, 10].find((times) => times * ten >= rough);
    const places = Math.max(0, -Math.floor(Math.log10(step)));
    const marks = [];
    for (let k = Math.ceil(low / step); k * step <= high; k++)
      marks.push([k * step, (k * step).toFixed(places).replace(/^-/, "\u2212")]);
    return marks;
  };
  const scatter = (svg, pairs, kind, unit, label) => {
    svg.replaceChildren();
    svg.setAttribute("aria-label", label);
    if (!pairs.length) return;
    const across = range(pairs.map((pair) => pair[1])), up = range(pairs.map((pair) => pair[2]));
    const x = (v) => 58 + 252 * (v - across[0]) / (across[1] - across[0]);
    const y = (v) => 210 - 200 * (v - up[0]) / (up[1] - up[0]);
    add(svg, "rect", { x: 58, y: 10, width: 252, height: 200, class: "frame" });
    for (const [v, name] of ticks(across)) {
      add(svg, "text", { x: x(v), y: 228, "text-anchor": "middle" }, name);
      if (Number(v.toPrecision(6)) === 0)
        add(svg, "line", { x1: x(0), x2: x(0), y1: 10, y2: 210, class: "zero" });
    }
    for (const [v, name] of ticks(up)) {
      add(svg, "text", { x: 52, y: y(v) + 4, "text-anchor": "end" }, name);
      if (Number(v.toPrecision(6)) === 0)
        add(svg, "line", { x1: 58, x2: 310, y1: y(0), y2: y(0), class: "zero" });
    }
    add(svg, "text", { x: 184, y: 248, "text-anchor": "middle" }, "therapist" + unit);
    add(svg, "text", { x: 14, y: 110, "text-anchor": "middle", transform: "rotate(-90 14 110)" },
      "patient" + unit);
    for (const [session, patientX, patientY] of pairs) {
      add(svg, "circle", { cx: x(patientX), cy: y(patientY), r: 7, class: kind });
      if (session !== null)
        add(svg, "text", { x: x(patientX) + (x(patientX) > 270 ? -10 : 10), y: y(patientY) - 8,
          "text-anchor": x(patientX) > 270 ? "end" : "start" }, session);
    }
  };
  const histogram = (svg, dyad, noise) => {
    svg.replaceChildren();
    svg.setAttribute("aria-label", part("sentence").textContent);
    const most = Math.max(...noise.counts), wide = 280 / noise.counts.length;
    noise.counts.forEach((count, k) => add(svg, "rect", { x: 20 + k * wide, width: wide - 1,
      y: 100 - 85 * count / most, height: 85 * count / most, class: "bar" }));
    add(svg, "line", { x1: 20, x2: 300, y1: 100, y2: 100, class: "frame" });
    for (const v of [-1, -0.5, 0, 0.5, 1])
      add(svg, "text", { x: 160 + 140 * v, y: 118, "text-anchor": "middle" },
        String(v).replace("-", "\u2212"));
    const at = 160 + 140 * Math.max(-1, Math.min(1, dyad.r));
    add(svg, "line", { x1: at, x2: at, y1: 5, y2: 100, class: "mark" });
  };
  const select = part("dyad"), turn = {};
  const showNoise = () => {
    const noise = data.noise[data.dyads[select.value].n];
    part("noise").hidden = !noise;
    if (!noise) return;
    const k = (turn[select.value] || 0) % noise.examples.length, example = noise.examples[k];
    part("noise-r").textContent = `Noise dyad ${k + 1} of ${noise.examples.length}: ` +
      `${data.symbol} = ${two(example.r)}`;
    scatter(part("noise-pairs"), example.pairs.map((pair) => [null, ...pair]), "noise",
      " (SD)", "Pairs drawn without any association");
  };
  const show = () => {
    const dyad = data.dyads[select.value], noise = data.noise[dyad.n];
    part("r").textContent = dyad.r === null ? `Dyad ${dyad.id}: none (${dyad.reason})`
      : `Dyad ${dyad.id}: ${data.symbol} = ${two(dyad.r)} from ${dyad.n} pairs`;
    scatter(part("pairs"), dyad.pairs, "own", data.unit, `Pairs of dyad ${dyad.id}: ` +
      dyad.pairs.map(([session, therapist, patient]) =>
        `session ${session}, therapist ${two(therapist)}, patient ${two(patient)}`).join("; "));
    part("chance").hidden = dyad.r === null;
    if (dyad.r !== null) {
      part("sentence").textContent = `Of ${noise.total.toLocaleString("en")} noise dyads with ` +
        `${dyad.n} pairs, ${Math.round(100 * dyad.share)} % are at least as far from 0 as ` +
        `${two(dyad.r)}.`;
      histogram(part("histogram"), dyad, noise);
    }
    showNoise();
  };
  data.dyads.forEach((dyad, k) => select.add(new Option(dyad.id, k)));
  select.addEventListener("change", show);
  part("next").addEventListener("click", () => {
    turn[select.value] = (turn[select.value] || 0) + 1;
    showNoise();
  });
  part("controls").hidden = false;
  show();
})();
"""


class DyadExplorer:
    """What :func:`dyad_explorer` returns: it shows itself in a notebook and in the book.

    Attributes
    ----------
    html : str
        The fragment.
    """

    def __init__(self, html: str, n_dyads: int) -> None:
        self.html = html
        self.n_dyads = n_dyads

    def __repr__(self) -> str:
        return f"DyadExplorer({self.n_dyads} dyads)"

    def _repr_html_(self) -> str:
        return self.html


def dyad_explorer(
    changes: pd.DataFrame,
    *,
    measure: str = "pearson",
    min_sessions: int = 3,
    unit: str = "",
    n_noise: int = 10_000,
    name: str = "dyad-explorer",
    rng: int | np.random.Generator | None = None,
) -> DyadExplorer:
    """Make a page fragment in which a reader chooses a dyad and sees its pairs, its r and noise.

    Parameters
    ----------
    changes : DataFrame
        ``dyad_id session patient therapist``, as ``session_changes`` gives it.
    measure : str
        A name in `dyadsync.synchrony.measures.MEASURES`. One whose value for a dyad depends on the
        other dyads has no noise of its own; Pearson's r is shown instead.
    min_sessions : int
        Fewest pairs a dyad may have.
    unit : str
        Unit of the changes, for the axes.
    n_noise : int
        Noise dyads for each number of pairs: independent normal changes.
    name : str
        Id of the fragment; unlike that of anything else on the page.
    rng : int, Generator or None
        Randomness of the noise.

    Returns
    -------
    DyadExplorer

    Raises
    ------
    InputError
        If `name` is no plain id.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": "D1", "session": [4, 8, 12, 16],
    ...                         "patient": [1.0, 2.0, 3.0, 5.0], "therapist": [1.0, 2.0, 3.0, 4.0]})
    >>> dyad_explorer(changes, rng=1)
    DyadExplorer(1 dyads)
    """
    if not name.isascii() or not name.replace("-", "").isalnum():
        raise InputError(f"name is {name!r}; use letters, digits and hyphens.")
    if MEASURES[measure].whole_sample:
        measure = "pearson"
    table = dyad_synchrony(changes, measure, min_sessions)
    generator = np.random.default_rng(rng)
    noise = {
        int(n): _noise(int(n), measure, n_noise, generator)
        for n in np.unique(table.loc[table["synchrony"].notna(), "n_sessions"])
    }
    pairs = {
        str(dyad): _pairs(own)
        for dyad, own in changes.groupby(changes["dyad_id"].astype(str), sort=False)
    }
    dyads = [
        {
            "id": str(row.dyad_id),
            "n": int(row.n_sessions),
            "r": None if np.isnan(row.synchrony) else round(float(row.synchrony), 6),
            "share": None
            if np.isnan(row.synchrony)
            else round(float(_as_far(noise[int(row.n_sessions)][1], float(row.synchrony))), 4),
            "reason": row.reason,
            "pairs": pairs.get(str(row.dyad_id), []),
        }
        for row in table.itertuples()
    ]
    content = {
        "symbol": "r" if measure == "pearson" else measure.replace("_", " "),
        "unit": f"’s change ({unit})" if unit else "’s change",
        "dyads": dyads,
        "noise": {str(n): shown for n, (shown, _) in noise.items()},
    }
    return DyadExplorer(_page(name, content), len(dyads))


def _pairs(own: pd.DataFrame) -> list[list[Any]]:
    """Session, therapist's and patient's change of each session that has both."""
    return [
        [str(row.session), round(float(row.therapist), 4), round(float(row.patient), 4)]
        for row in own.sort_values("session").itertuples()
        if np.isfinite(row.therapist) and np.isfinite(row.patient)
    ]


def _noise(
    n: int, measure: str, n_noise: int, rng: np.random.Generator
) -> tuple[dict[str, Any], FloatArray]:
    """Noise dyads with n pairs: what is embedded of them, and all their correlations."""
    therapist, patient = rng.standard_normal((2, n_noise, n))
    r = np.asarray(MEASURES[measure].statistic(patient, therapist))
    r = r[np.isfinite(r)]
    examples = [
        {
            "r": round(float(MEASURES[measure].statistic(patient[k], therapist[k])), 6),
            "pairs": np.stack([therapist[k], patient[k]], axis=1).round(3).tolist(),
        }
        for k in range(min(_EXAMPLES, n_noise))
    ]
    counts = np.histogram(np.clip(r, -1, 1), _BINS)[0]
    return {"total": int(r.size), "counts": counts.tolist(), "examples": examples}, r


def _as_far(noise: FloatArray, r: float) -> float:
    """Share of noise dyads at least as far from 0; ties count, up to rounding."""
    return float(np.mean(np.abs(noise) >= abs(r) - 1e-12))


def _page(name: str, content: dict[str, Any]) -> str:
    # "<" written so that nothing in a dyad's name can end the script.
    embedded = json.dumps(content, ensure_ascii=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )
    return f"""<div id="{name}" class="dyad-explorer">
<style>{_STYLE.replace("ID", name)}</style>
<div data-part="controls" hidden>
<label for="{name}-dyad">Dyad</label><select id="{name}-dyad" data-part="dyad"></select>
<div class="panels">
<div><p class="head" data-part="r" aria-live="polite"></p><svg data-part="pairs" role="img"
 viewBox="0 0 320 255"></svg></div>
<div data-part="noise"><p class="head" data-part="noise-r" aria-live="polite"></p>
<svg data-part="noise-pairs" role="img" viewBox="0 0 320 255"></svg>
<button type="button" data-part="next">Next noise dyad</button>
</div>
<div data-part="chance"><p class="head">What noise gives</p><svg data-part="histogram" role="img"
 viewBox="0 0 320 125"></svg><p data-part="sentence" aria-live="polite"></p></div>
</div>
</div>
<noscript>{_table(content)}</noscript>
<script type="application/json">{embedded}</script>
<script>{_SCRIPT.replace("ID", name)}</script>
</div>"""


def _table(content: dict[str, Any]) -> str:
    """Give the same numbers to a reader without JavaScript."""
    rows = "".join(
        f'<tr><th scope="row">{escape(dyad["id"])}</th><td>{dyad["n"]}</td>'
        + (
            f'<td colspan="2">{escape(dyad["reason"])}</td></tr>'
            if dyad["r"] is None
            else f"<td>{dyad['r']:.2f}</td><td>{dyad['share']:.0%}</td></tr>"
        )
        for dyad in content["dyads"]
    )
    return (
        "<table><caption>Each dyad’s synchrony, and the share of noise dyads at least as far from "
        '0</caption><thead><tr><th scope="col">Dyad</th><th scope="col">Pairs</th>'
        f'<th scope="col">{escape(content["symbol"])}</th><th scope="col">Noise as far</th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
