"""What a mediation analysis found: effects, paths and models as tables, and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dyadsync.mediation.coefficients import FittedModels
from dyadsync.printed import Printed


@dataclass(frozen=True, repr=False)
class MediationResult(Printed):
    """What `mediate` found; it prints as a table in text and in a notebook."""

    table: pd.DataFrame
    """Effects by ``estimate ci_lower ci_upper p_value``."""
    paths: pd.DataFrame
    """Paths a, b, c' and c by ``estimate se``; ``a (name)`` where there are several mediators."""
    models: Mapping[str, pd.DataFrame]
    """Every coefficient of each mediator's and of the outcome's model, by ``estimate se``."""
    draws: pd.DataFrame
    """The draws behind the intervals, one column per effect."""
    method: str
    outcome: str
    interval: str
    x: str
    m: tuple[str, ...]
    y: str
    covariates: tuple[str, ...]
    contrast: tuple[float, float]
    confidence_level: float
    n_obs: int
    n_dropped: int
    """Rows left out because a value was missing."""
    n_clusters: int
    """Clusters, 0 where the rows are taken as independent."""
    mediator_model: str = "linear"
    moderator: str | None = None
    weighted: bool = False
    """Whether rows had weights."""
    vcov: str = "classical"
    small_sample: bool = False
    """Whether the draws are multivariate t and the residual variances drawn too."""
    imputed: Mapping[str, int] = field(default_factory=dict)
    """Imputed values by column."""
    n_imputations: int = 0
    """Completed samples that estimates are means over, 0 where nothing was imputed."""
    notes: tuple[str, ...] = ()
    """Sentences that a reader of the table should know."""
    covariance: pd.DataFrame | None = None
    """Covariance of all coefficients by (model, term), where the draws were made from one."""
    weights: pd.DataFrame | None = None
    """Robustness weights of each row in each model (robust methods)."""
    conditional: pd.DataFrame | None = None
    """Effects at values of the moderator, rows by (value, effect), columns as `table`."""
    moderation: pd.DataFrame | None = None
    """Differences of ACME and ADE, the first value of the moderator less the other."""
    by_value: Mapping[str, MediationResult] | None = None
    """One result per value of a cause of several, each against the reference; `table` has all."""
    omnibus: pd.DataFrame | None = None
    """Wald tests that no value of such a cause has an effect: ``chi2 df p_value``."""
    naive: MediationResult | None = None
    """The analysis that ignores measurement error (latent method)."""
    fitted: FittedModels | None = None
    """The models behind the tables: their coefficients, and the sample that they were fitted to."""

    def _imputed_in_words(self) -> str:
        """Say how many values were imputed, and how often."""
        where = ", ".join(f"{n} of {name}" for name, n in self.imputed.items())
        return f"{self.n_imputations} imputations of {where}"

    @property
    def prop_mediated_meaningful(self) -> bool:
        """False where the total effect's interval contains 0 or the two effects differ in sign."""
        total = self.table.loc["Total effect"]
        same_sign = self.table.loc["ACME", "estimate"] * self.table.loc["ADE", "estimate"] > 0
        return bool(same_sign and (total.ci_lower > 0 or total.ci_upper < 0))

    def wider_than(self, other: MediationResult, effect: str = "ACME") -> float:
        """Share by which an effect's interval is wider than in another analysis.

        Parameters
        ----------
        other : MediationResult
        effect : str
            A row of both tables.

        Returns
        -------
        float
            0.05 where it is 5 % wider; negative where it is narrower.

        Examples
        --------
        >>> import pingouin
        >>> from dyadsync import mediate
        >>> table = pingouin.read_dataset("mediation")
        >>> classical = mediate(table, "X", "M", "Y", rng=1)
        >>> hc3 = mediate(table, "X", "M", "Y", vcov="HC3", rng=1)
        >>> round(hc3.wider_than(classical), 2)
        0.08
        """
        ends = ["ci_lower", "ci_upper"]
        ours, theirs = (one.table.loc[effect, ends] for one in (self, other))
        return float((ours.ci_upper - ours.ci_lower) / (theirs.ci_upper - theirs.ci_lower) - 1)

    def _title(self) -> str:
        return f"Mediation of {self.x} -> {' + '.join(self.m)} -> {self.y}"

    def _text(self) -> str:
        how = {"bca": "bias-corrected and accelerated"}.get(self.interval, self.interval)
        draws = "t draws" if self.small_sample or self.vcov == "CR2" else "draws"
        parts = [
            f"{self.method}, {len(self.draws):,} {draws}",
            *([f"{self.vcov} standard errors"] if self.vcov != "classical" else []),
            f"{_percent(self.confidence_level)} {how} intervals",
            f"{self.outcome} outcome",
        ]
        if self.mediator_model != "linear":
            parts.append(f"{self.mediator_model} mediator")
        if self.weighted:
            parts.append("weighted rows")
        if self.by_value is None:
            parts.append(f"{self.x} from {self.contrast[0]:.4g} to {self.contrast[1]:.4g}")
        if self.covariates:
            parts.append(f"adjusted for {', '.join(self.covariates)}")
        rows = f"n = {self.n_obs}"
        if self.n_clusters:
            rows += f" in {self.n_clusters} clusters"
        if self.n_dropped:
            rows += f" ({self.n_dropped} left out, a value was missing)"
        if self.imputed:
            parts.append(f"means over {self._imputed_in_words()}")
        return "; ".join([*parts, rows]) + "."

    def _shown(self) -> pd.DataFrame:
        level = f"{_percent(self.confidence_level)} CI"
        table = self._all_effects()
        return pd.DataFrame(
            {
                "estimate": [_number(v) for v in table["estimate"]],
                level: [
                    f"[{_number(low)}, {_number(high)}]"
                    for low, high in zip(table["ci_lower"], table["ci_upper"], strict=True)
                ],
                "p": [_p_value(v) for v in table["p_value"]],
            },
            index=table.index,
        )

    def _all_effects(self) -> pd.DataFrame:
        """Give the table under names that read alone, with effects by value below."""
        if self.by_value is not None:
            named = {f"{effect} ({value})": row for (value, effect), row in self.table.iterrows()}
            return pd.DataFrame.from_dict(named, orient="index")
        parts = [self.table]
        if self.conditional is not None and self.moderation is not None:
            named = {
                f"{effect} at {self.moderator} = {short(value)}": row
                for (value, effect), row in self.conditional.iterrows()
                if effect in ("ACME", "ADE")
            }
            apart = {
                f"{name}, difference" if isinstance(name, str) else f"{name[0]}, {name[1]}": row
                for name, row in self.moderation.iterrows()
            }
            parts.append(pd.DataFrame.from_dict(named | apart, orient="index"))
        return pd.concat(parts)

    def in_words(self, effect: str = "ACME") -> str:
        """Say an effect with its interval, and whether the interval leaves out zero.

        Parameters
        ----------
        effect : str
            A row of `table`.

        Returns
        -------
        str
            Such as ``-1.21 (95 % interval -2.43 to -0.29, which leaves out zero)``.
        """
        row = self.table.loc[effect]
        if not np.isfinite(row.estimate):
            return "not known"
        out = row.ci_lower > 0 or row.ci_upper < 0
        return (
            f"{row.estimate:z.2f} ({100 * self.confidence_level:g} % interval "
            f"{row.ci_lower:z.2f} to {row.ci_upper:z.2f}, "
            f"which {'leaves out' if out else 'contains'} zero)"
        )

    def proportion_in_words(self) -> str:
        """Say the proportion mediated, or why it means nothing: the end of a sentence on it."""
        if self.prop_mediated_meaningful:
            return f"is {self.table.loc['Prop. mediated', 'estimate']:z.2f} here"
        total = self.table.loc["Total effect"]
        apart = total.ci_lower > 0 or total.ci_upper < 0
        why = (
            "the direct and the indirect effect differ in sign"
            if apart
            else "the total effect's interval contains 0"
        )
        return f"means nothing here: {why}"

    def report(self) -> str:
        """Give one sentence in the style of the APA."""
        if self.by_value is not None:
            return " ".join(one.report() for one in self.by_value.values())
        row = self.table.loc["ACME"]
        if not np.isfinite(row.estimate):
            return (
                f"The indirect effect of {self.x} on {self.y} through {' and '.join(self.m)} "
                f"could not be estimated (n = {self.n_obs})."
            )
        p = _p_value(row.p_value)
        imputed = f", {self._imputed_in_words()}" if self.imputed else ""
        return (
            f"The indirect effect of {self.x} on {self.y} through {' and '.join(self.m)} was "
            f"{_number(row.estimate)}, {_percent(self.confidence_level)} CI "
            f"[{_number(row.ci_lower)}, {_number(row.ci_upper)}], "
            f"p {p if p.startswith('<') else '= ' + p} "
            f"({self.method}, {len(self.draws):,} draws, n = {self.n_obs}{imputed})."
        )


def _number(value: float) -> str:
    """Three decimals; fewer for large numbers, three significant digits for small ones."""
    if not np.isfinite(value):
        return "n/a"
    if 0 < abs(value) < 0.01:
        return f"{value:.3g}"
    digits = 3 if abs(value) < 10 else 2 if abs(value) < 100 else 1
    return f"{value:z.{digits}f}"


def short(value: Any) -> str:
    """Give a value of a moderator as text, a number with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _percent(level: float) -> str:
    return f"{100 * level:.10g}%"


def _p_value(value: float) -> str:
    if not np.isfinite(value):
        return "n/a"
    return "< .001" if value < 0.001 else f"{value:.3f}".replace("0.", ".", 1)
