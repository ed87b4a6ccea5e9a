"""Noise dyads: choose a dyad, see its pairs and its r beside what noise gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dyadsync.arrays import FloatArray
from dyadsync.checks import check_choice, check_count
from dyadsync.synchrony.dyads import dyad_synchrony
from dyadsync.synchrony.measures import MEASURES
from widgets.fragment import Widget, make_widget, shown_number, static_table

_BINS = np.linspace(-1.0, 1.0, 21)
_EXAMPLES = 24


def dyad_explorer(
    changes: pd.DataFrame,
    *,
    measure: str = "pearson",
    min_sessions: int = 3,
    unit: str = "",
    n_noise: int = 10_000,
    name: str = "dyad-explorer",
    rng: int | np.random.Generator | None = None,
) -> Widget:
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
    Widget

    Raises
    ------
    InputError
        If `name` is no plain id, the measure is unknown or there is less than one noise dyad.

    Examples
    --------
    >>> changes = pd.DataFrame({"dyad_id": "D1", "session": [4, 8, 12, 16],
    ...                         "patient": [1.0, 2.0, 3.0, 5.0], "therapist": [1.0, 2.0, 3.0, 4.0]})
    >>> dyad_explorer(changes, rng=1)
    Dyad explorer, 1 dyad
    """
    check_choice("measure", measure, MEASURES)
    check_count("n_noise", n_noise)
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
        "first": "patient",
        "second": "therapist",
        "unit": f"’s change ({unit})" if unit else "’s change",
        "dyads": dyads,
        "noise": {str(n): shown for n, (shown, _) in noise.items()},
    }
    return make_widget(
        name,
        ["explorer.js"],
        content,
        controls=_controls(name),
        static=_table(content),
        words=f"Dyad explorer, {len(dyads)} dyad{'' if len(dyads) == 1 else 's'}",
    )


def _pairs(own: pd.DataFrame) -> list[list[Any]]:
    """Session, therapist's and patient's change of each session that has both."""
    return [
        [str(row.session), round(float(row.therapist), 4), round(float(row.patient), 4)]
        for row in own.sort_values("session", kind="stable").itertuples()
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


def _controls(name: str) -> str:
    return f"""<p class="row"><label for="{name}-dyad">Dyad</label>
<select id="{name}-dyad" data-part="dyad"></select></p>
<div class="panels">
<div><p class="head" data-part="r" aria-live="polite"></p><svg data-part="pairs" role="img"
 viewBox="0 0 320 260"></svg></div>
<div data-part="noise"><p class="head" data-part="noise-r" aria-live="polite"></p>
<svg data-part="noise-pairs" role="img" viewBox="0 0 320 260"></svg>
<p class="row"><button type="button" data-part="next">Next noise dyad</button></p>
</div>
<div data-part="chance" class="whole"><p class="head">What noise gives</p><svg
 data-part="histogram" role="img" viewBox="0 0 320 125"></svg>
<p data-part="sentence" aria-live="polite"></p></div>
</div>"""


def _table(content: dict[str, Any]) -> str:
    """Give the same numbers where scripts do not run."""
    return static_table(
        "Each dyad’s synchrony, and the share of noise dyads at least as far from 0",
        ["Dyad", "Pairs", content["symbol"], "Noise as far"],
        [
            [dyad["id"], str(dyad["n"])]
            + (
                [dyad["reason"], ""]
                if dyad["r"] is None
                else [shown_number(dyad["r"]), f"{100 * dyad['share']:.0f} %"]
            )
            for dyad in content["dyads"]
        ],
    )
