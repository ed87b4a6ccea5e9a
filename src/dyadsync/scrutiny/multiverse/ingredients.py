"""What the analyses of a multiverse are made from, each part made once: synchrony, outcomes."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dyadsync.arrays import Array, BoolArray
from dyadsync.extras import import_extra
from dyadsync.mediation.methods.registry import METHODS
from dyadsync.mediation.sample import MediationData, check_sample, prepare
from dyadsync.scrutiny.missing.imputation import prepare_imputed
from dyadsync.scrutiny.multiverse.choices import COVARIATES, METHOD_OPTIONS, MISSING_OPTIONS
from dyadsync.study.load import Study
from dyadsync.study.outcome import first_ratings, symptom_reduction
from dyadsync.study.roles import PERSONS
from dyadsync.synchrony.changes import session_changes
from dyadsync.synchrony.dyad_table import dyad_table
from dyadsync.synchrony.dyads import dyad_synchrony

_last: dict[str, Ingredients] = {}

CAUSE = "social_impairment"
RESPONSE = "symptom_reduction"

SYNCHRONY_CHOICES = ("change", "below_loq", "measure", "min_sessions")
"""The choices that make a dyad's synchrony."""


@dataclass
class Ingredients:
    """Parts of a study's analyses, each made when it is first asked for; `of` a study."""

    study: Study

    def __post_init__(self) -> None:
        for name in ("_changes", "_mean_changes", "synchrony", "outcome", "without"):
            setattr(self, name, cache(getattr(self, name)))

    @classmethod
    def of(cls, study: Study) -> Ingredients:
        """Give those of the last study again as long as its tables hold the same values."""
        joblib = import_extra("joblib", "The multiverse")
        key = joblib.hash((study.samples, study.dyads, study.symptoms, study.descriptor))
        if key not in _last:
            copy = replace(
                study,
                samples=study.samples.copy(),
                dyads=study.dyads.copy(),
                symptoms=study.symptoms.copy(),
            )
            _last.clear()
            _last[key] = cls(copy)
        return _last[key]

    def _changes(self, change: str, below_loq: str) -> pd.DataFrame:
        return session_changes(self.study, change, below_loq)

    def synchrony(
        self, change: str, below_loq: str, measure: str, min_sessions: int
    ) -> pd.DataFrame:
        """Give each dyad's synchrony by these choices."""
        with warnings.catch_warnings():
            # Every dyad has the same shrunken synchrony: such analyses are refused later.
            warnings.filterwarnings("ignore", "The mixed model finds no variance")
            return dyad_synchrony(self._changes(change, below_loq), measure, int(min_sessions))

    def outcome(self, method: str) -> pd.Series:
        """Give each patient's symptom reduction."""
        return symptom_reduction(self.study, method)

    @cached_property
    def _dyads(self) -> pd.DataFrame:
        """The dyad table but for synchrony and outcome."""
        none = pd.DataFrame(columns=["dyad_id", "n_sessions", "synchrony", "z"])
        table = dyad_table(self.study, none.astype({"dyad_id": self.study.dyads["dyad_id"].dtype}))
        levels = self.study.samples.pivot_table(
            "signal", index="dyad_id", columns="role", observed=True
        ).reindex(table["dyad_id"])
        codes = pd.factorize(table["therapist_id"], sort=True)[0]  # quicker to compare than names
        return table.assign(
            therapist_id=np.where(codes < 0, np.nan, codes),
            first_score=first_ratings(self.study).to_numpy(),
            **{f"{person}_level": levels[person].to_numpy() for person in PERSONS},
        )

    def _mean_changes(self, change: str, below_loq: str) -> dict[str, Any]:
        """Give both persons' mean changes, by the dyads of `_dyads`."""
        changes = self._changes(change, below_loq)
        means = changes.groupby("dyad_id", observed=True)[list(PERSONS)].mean()
        means = means.reindex(self._dyads["dyad_id"])
        return {f"{person}_change": means[person].to_numpy() for person in PERSONS}

    def table(
        self, synchrony: tuple[str, str, str, int], outcome: str | None = None
    ) -> pd.DataFrame:
        """Give one row per dyad: the table that `mediate` analyses."""
        made = self.synchrony(*synchrony).set_index("dyad_id")
        made = made.reindex(self._dyads["dyad_id"])
        table = self._dyads.assign(
            n_sessions=made["n_sessions"].fillna(0).to_numpy("int64"),
            synchrony=made["synchrony"].to_numpy(),
            z=made["z"].to_numpy(),
            measure=synchrony[2],
            **self._mean_changes(*synchrony[:2]),
        )
        if outcome is not None:
            table[RESPONSE] = self.outcome(outcome).to_numpy()
        return table

    def without(self, choice: str, option: Any) -> BoolArray:
        """Which dyads lack what an option needs: of ``synchrony outcome covariates``."""
        if choice == "synchrony":
            made = self.synchrony(*option).set_index("dyad_id")
            used = made.reindex(self._dyads["dyad_id"])[["synchrony"]]
        elif choice == "outcome":
            used = self.outcome(option).to_frame()
        else:
            # A dyad with synchrony has mean changes, which are no columns here.
            used = self._dyads[self._dyads.columns.intersection([CAUSE, *COVARIATES[option]])]
        return np.asarray(used.isna().to_numpy().any(axis=1))

    def fingerprint(self, synchrony: tuple[str, str, str, int]) -> bytes:
        """Give bytes that are equal where two synchronies are, dyad by dyad."""
        made = self.synchrony(*synchrony)
        usable = made["synchrony"].notna()
        pairs = made["n_sessions"].where(usable, 0)
        return np.column_stack([made[["synchrony", "z"]], pairs]).astype(float).tobytes()


def analysis_columns(spec: Any) -> dict[str, Any]:
    """Arguments of `mediate` that an analysis's choices stand for, but for data and draws."""
    # The latent method reads correlations and gives effects per unit of their z.
    of = METHODS[METHOD_OPTIONS[spec["method"]]["method"]]
    m = "synchrony" if of.of_correlations else spec["scale"]
    return {
        "x": CAUSE,
        "m": m,
        "y": RESPONSE,
        "covariates": list(COVARIATES[spec["covariates"]]),
        "cluster": "therapist_id" if spec["clustering"] == "therapists" else None,
        **METHOD_OPTIONS[spec["method"]],
        **MISSING_OPTIONS[spec["missing"]],
    }


@dataclass
class Samples:
    """Samples of one synchrony, prepared once for all outcomes that are known of the same dyads."""

    table: pd.DataFrame
    """From `Ingredients.table`."""
    _prepared: dict[Any, tuple[MediationData, NDArray[np.intp]]] = field(default_factory=dict)

    def complete(
        self, columns: Mapping[str, Any], response: Array
    ) -> tuple[MediationData, NDArray[np.intp]]:
        """Make the sample of an analysis, and say which rows of the table are in it.

        Raises
        ------
        InputError
            If the models cannot be fitted to it.
        """
        of_correlations = METHODS[columns["method"]].of_correlations
        covariates = columns["covariates"]
        which = columns["m"], columns["cluster"], of_correlations, *covariates
        key = which, np.isnan(response).tobytes()
        if key not in self._prepared:
            sample, kept, _ = prepare(
                self.table.assign(**{RESPONSE: response}),
                columns["x"],
                [columns["m"]],
                columns["y"],
                covariates=covariates,
                cluster=columns["cluster"],
                n_sessions=of_correlations,
            )
            self._prepared[key] = sample, self.table.index.get_indexer(kept.index)
            return self._prepared[key]
        sample, rows = self._prepared[key]
        sample = replace(sample, y=response[rows])
        check_sample(sample)
        return sample, rows

    def completed(
        self, columns: Mapping[str, Any], response: Array, rng: np.random.Generator
    ) -> list[MediationData]:
        """Make the sample of an analysis, or those in which what is missing is imputed."""
        if columns.get("missing") != "impute":
            return [self.complete(columns, response)[0]]
        return prepare_imputed(
            self.table.assign(**{RESPONSE: response}),
            columns["x"],
            [columns["m"]],
            columns["y"],
            covariates=columns["covariates"],
            cluster=columns["cluster"],
            n_imputations=columns["n_imputations"],
            rng=rng,
        ).samples
