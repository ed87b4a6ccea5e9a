"""The analysis that a report tells of: each part is computed when it is first asked for.

A part that these data cannot give raises `InputError`; `Analysis.lacks_synchrony` and
`Analysis.lacks_mediation` say it beforehand, in words that name nothing of another study.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from names import Names, names_of

from dyadsync import (
    Design,
    InputError,
    MediationResult,
    Study,
    dyad_synchrony,
    dyad_table,
    influence,
    mediate,
    pooled_synchrony,
    power,
    reliability,
    replicate,
    run_multiverse,
    sensitivity,
    session_changes,
    specifications,
    tipping_point,
)
from dyadsync.cli.report import ORDERED
from dyadsync.mediation.paths import first_path, paths_and_acme
from dyadsync.replication.replicate import IMPUTATIONS
from dyadsync.scrutiny.measurement.chance import against_chance
from dyadsync.scrutiny.measurement.true_synchrony import moments, normal_masses
from dyadsync.scrutiny.multiverse.joint import JointTests, joint_tests
from dyadsync.study.outcome import first_ratings
from dyadsync.synchrony.changes import changes_of
from dyadsync.synchrony.measures import MEASURES

X, Y = "social_impairment", "symptom_reduction"

FEWEST_DYADS = 5
"""The outcome's model has three coefficients; two dyads must be left to judge its error."""
FEWEST_FOR_CHECKS = 10
"""With fewer dyads, resamples and robust fits often have no answer."""
FEWEST_SUCCESSIVE = 8
"""With fewer sessions per dyad, successive values tell next to nothing of their correlation."""
EQUALLY_PRECISE = 0.9
"""Weights of slopes that differ by less are taken as equal."""
PLAUSIBLE = (0.1, 0.3, 0.5)
"""Standardised paths that are called small, medium and large: Cohen (1988)."""
LARGEST_PATH = 0.8
"""Larger standardised paths are taken as this: estimates that few dyads gave can exceed 1."""
LEAST_RELIABILITY = 0.1
"""With a smaller reliability, what is divided by it says nothing of true synchrony."""
FEWEST_FOUND = 10
"""The mean of fewer simulated studies that find an effect says little of its exaggeration."""
SPREAD = 0.5
"""Standard deviation of true synchrony, as Fisher's z, that is taken as plausible."""


@dataclass(frozen=True)
class Settings:
    """The parameters in force."""

    seed: int = 20210101
    change: str = "auto"
    below_loq: str = "keep"
    measure: str = "pearson"
    min_sessions: int = 3
    synchrony_scale: str = "synchrony"
    symptom_method: str = "slope"
    n_draws: int = 10_000
    confidence_level: float = 0.95
    n_trials: int = 1000
    n_analyses: int = 300
    planned: bool = False
    """Whether this is the report of a simulated study, made before there are data."""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Take the parameters from the names of a notebook."""
        return cls(**{one.name: values[one.name] for one in fields(cls)})


class Analysis:
    """One study, analysed as its settings say."""

    def __init__(self, study: Study, settings: Settings) -> None:
        self.study = study
        self.settings = settings
        self.names: Names = names_of(study)
        self.level = settings.confidence_level

    @property
    def outcome_unit(self) -> str:
        """Unit of the improvement, and of effects on it."""
        in_percent = self.settings.symptom_method == "percent"
        return "% of the first rating" if in_percent else self.names.outcome_unit

    @property
    def distinguishable(self) -> bool:
        """Whether the two persons of a dyad can be told apart."""
        field = self.study.layout.field("samples", "role")
        return field.get("dyadsync:distinguishable") is not False

    @property
    def by_person(self) -> list[tuple[str, pd.DataFrame]]:
        """The samples of each person by name; of both where they cannot be told apart."""
        samples = self.study.samples
        if not self.distinguishable:
            return [("both persons", samples)]
        names = {"patient": self.names.first, "therapist": self.names.second}
        return [(name, samples[samples["role"] == role]) for role, name in names.items()]

    @cached_property
    def change(self) -> str:
        """What a session gives of a person: the change asked for, or what these data have."""
        known = changes_of(self.study)
        return known[0] if self.settings.change == "auto" else self.settings.change

    @property
    def what(self) -> str:
        """A change, or where a session has one sample of a person a level."""
        return "change" if self.study.has_phases else "level"

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row a session with both persons' changes."""
        return session_changes(self.study, self.change, self.settings.below_loq)

    @cached_property
    def synchrony(self) -> pd.DataFrame:
        """One row a dyad."""
        with warnings.catch_warnings():  # that all have the same is said in words
            warnings.simplefilter("ignore")
            return dyad_synchrony(self.changes, self.settings.measure, self.settings.min_sessions)

    @cached_property
    def known(self) -> pd.DataFrame:
        """The dyads that have a synchrony."""
        return self.synchrony[self.synchrony["synchrony"].notna()]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a dyad with all that the models take, the cause as the lab measured it."""
        table = dyad_table(self.study, self.synchrony, method=self.settings.symptom_method)
        if self.study.layout.reversed_cause:
            table[X] = 0 - table[X]
        if self.study.has_outcome and len(self.study.symptoms):
            table["first_score"] = table["dyad_id"].map(first_ratings(self.study))
        return table

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The dyads in the models."""
        return self.table.dropna(subset=[X, self.m, Y])

    @property
    def m(self) -> str:
        """The column of synchrony in the models."""
        return self.settings.synchrony_scale

    @property
    def clusters(self) -> str | None:
        """The column of what dyads share, where several do."""
        if not self.study.has_therapists:
            return None
        shared = self.study.dyads["therapist_id"]
        return "therapist_id" if 1 < shared.nunique() < len(shared) else None

    @cached_property
    def lacks_synchrony(self) -> str:
        """Why there is no synchrony; empty where there is."""
        fewest = self.settings.min_sessions
        most = int(self.synchrony["n_sessions"].max()) if len(self.changes) else 0
        if most < fewest:
            return (
                f"no dyad has {fewest} sessions with a {self.what} of both persons, and the most "
                f"that any has is {most}"
            )
        if not len(self.known):
            return f"in no dyad do the {self.what}s of both persons vary"
        return ""

    @cached_property
    def lacks_mediation(self) -> str:
        """Why there is no mediation; empty where there is."""
        if self.lacks_synchrony:
            return self.lacks_synchrony
        lacking = [
            name
            for name, there in (
                ("cause on which synchrony might depend", self.study.has_cause),
                ("outcome", self.study.has_outcome),
            )
            if not there
        ]
        if lacking:
            return f"these data have no {' and no '.join(lacking)}"
        if self.table[Y].isna().all():
            return f"no dyad has ratings of {self.names.outcome} at two times"
        n = len(self.complete)
        if n < FEWEST_DYADS:
            known = "no dyad has" if n == 0 else "1 dyad has" if n == 1 else f"{n} dyads have"
            return f"the models need {FEWEST_DYADS} dyads with all values, and {known} them"
        named = {
            X: self.names.cause,
            self.m: "synchrony",
            Y: f"improvement of {self.names.outcome}",
        }
        for column, name in named.items():
            values = self.complete[column]
            if np.ptp(values) <= 1e-10 * values.abs().max():
                return f"every dyad has the same {name}"
        return ""

    @cached_property
    def path_a(self) -> tuple[int, float, float, float] | None:
        """Where there is no mediation, the path to synchrony: n, estimate and its interval."""
        if self.lacks_synchrony or not self.study.has_cause:
            return None
        table = self.table.dropna(subset=[X, self.m])
        if len(table) < FEWEST_DYADS:
            return None
        found = self._tried(lambda: first_path(table, X, self.m, confidence_level=self.level))
        return None if found is None else (len(table), *map(float, found))

    def _fit(self, table: pd.DataFrame | None = None, **options: Any) -> MediationResult:
        settings = {"n_draws": self.settings.n_draws, "confidence_level": self.level}
        return mediate(
            *(self.table if table is None else table, X, self.m, Y),
            **{**settings, "rng": self.settings.seed, **options},
        )

    @cached_property
    def mediation(self) -> MediationResult:
        """The main analysis."""
        return self._fit()

    @cached_property
    def effects(self) -> pd.DataFrame:
        """Both paths and all effects: ``estimate ci_lower ci_upper p_value standardised``."""
        found, result = self.mediation.fitted, self.mediation
        assert found is not None
        paths = paths_and_acme(found.fit, found.sample, self.level, resampled=False)
        rows = {name: one for name, one in paths.items() if name != "ACME"}
        rows |= {
            effect: tuple(result.table.loc[effect]) for effect in ("ACME", "ADE", "Total effect")
        }
        table = pd.DataFrame.from_dict(
            rows, orient="index", columns=["estimate", "ci_lower", "ci_upper", "p_value"]
        )
        sd = self.complete[[X, self.m, Y]].std()
        unit = {"path a": sd[X] / sd[self.m], "path b": sd[self.m] / sd[Y]}
        scale = [unit.get(name, sd[X] / sd[Y]) for name in table.index]
        return table.assign(standardised=table["estimate"] * scale, scale=scale)

    @cached_property
    def imputed(self) -> MediationResult | None:
        """The same with missing values imputed; None where nothing is missing."""
        if self.table[[X, self.m, Y]].notna().all(axis=None) or not self.checkable:
            return None
        # As the table of methods has it, so that both show one number.
        draws = self.affordable(self.settings.n_draws, least=1000)
        options = {"n_imputations": min(IMPUTATIONS, draws // 10), "n_draws": draws}
        return self._tried(lambda: self._fit(missing="impute", **options))

    @cached_property
    def tipping(self) -> Any:
        """How far missing outcomes must lie from those imputed for the verdict to turn."""
        if self.imputed is None:
            return None
        return self._tried(
            lambda: tipping_point(
                *(self.table, X, self.m, Y),
                n_imputations=20,
                n_draws=min(self.settings.n_draws, 2000),
                confidence_level=self.level,
                rng=self.settings.seed,
            )
        )

    @cached_property
    def latent(self) -> MediationResult | None:
        """The model of the true synchrony behind Pearson's r; None where it has no answer."""
        if self.settings.measure != "pearson" or not self.checkable:
            return None
        draws = self.affordable(self.settings.n_draws, least=4000)
        options = {"method": "latent", "n_draws": draws}
        found = self._tried(
            lambda: mediate(
                *(self.table, X, "synchrony", Y),
                confidence_level=self.level,
                rng=self.settings.seed,
                **options,
            )
        )
        return (
            found
            if found is not None and np.isfinite(found.table.loc["ACME", "ci_lower"])
            else None
        )

    @cached_property
    def moderated(self) -> MediationResult | None:
        """The effects in each arm; None where there are not two to four arms of ten dyads."""
        if not self.checkable:
            return None
        sizes = self.complete["arm"].value_counts()
        if not 2 <= len(sizes) <= 4 or sizes.min() < FEWEST_FOR_CHECKS:
            return None
        return self._tried(lambda: self._fit(moderator="arm"))

    @cached_property
    def precision(self) -> pd.Series | None:
        """One over the variance of each dyad's slope, true and sampled, relative to the largest.

        None where the outcome is no slope, or the slopes are equally precise.
        """
        if not self.checkable or self.settings.symptom_method != "slope":
            return None
        ratings = self.study.symptoms.dropna(subset=["outcome"])
        dyad = ratings["dyad_id"].astype("str")
        time, value = (
            ratings[one] - ratings[one].groupby(dyad).transform("mean")
            for one in ("time", "outcome")
        )
        spread = (time**2).groupby(dyad).sum()
        slope = (time * value).groupby(dyad).sum() / spread.where(spread > 0)
        left = value - time * dyad.map(slope)
        free = len(ratings) - 2 * len(slope)
        if free <= 0:
            return None
        sampled = (left**2).sum() / free * self.study.planned_weeks**2 / spread
        sampled = self.complete["dyad_id"].astype("str").map(sampled)
        true = max(float(self.complete[Y].var() - sampled.mean()), 0.0)
        weights = 1 / (true + sampled)
        weights = weights / weights.max()
        return weights if 0 < weights.min() < EQUALLY_PRECISE else None

    @cached_property
    def weighted(self) -> MediationResult | None:
        """The main analysis with dyads weighted by the precision of their slopes."""
        if self.precision is None:
            return None
        table = self.complete.assign(precision=self.precision)
        return self._tried(lambda: self._fit(table, weights="precision"))

    @property
    def checkable(self) -> bool:
        """Whether there are dyads enough for resamples and robust fits."""
        return not self.lacks_mediation and len(self.complete) >= FEWEST_FOR_CHECKS

    @cached_property
    def replication(self) -> Any:
        """Both paths and the indirect effect by every method."""
        return replicate(
            *(self.table, X, self.m, Y),
            cluster=self.clusters,
            n_draws=self.affordable(self.settings.n_draws, least=1000),
            confidence_level=self.level,
            rng=self.settings.seed,
        )

    @cached_property
    def sensitivity(self) -> Any:
        """How strong a cause of synchrony and outcome would have to be that nobody measured."""
        return self._tried(
            lambda: sensitivity(self.complete, X, self.m, Y, confidence_level=self.level)
        )

    def influence(self, unit: str | None = None) -> pd.DataFrame | None:
        """The indirect effect without each dyad, or without each group."""
        table = self.complete.set_index("dyad_id", drop=False)
        found = self._tried(lambda: influence(table, X, self.m, Y, unit=unit))
        return None if found is None else found[found["path"] == "ab"].dropna(subset="without")

    @property
    def testable(self) -> bool:
        """Whether there are dyads enough, and a measure, for tests against chance."""
        return len(self.known) >= 3 and not MEASURES[self.settings.measure].whole_sample

    @property
    def reliable(self) -> bool:
        """Whether there are dyads enough, and a measure, for a reliability."""
        return self.settings.measure == "pearson" and len(self.known) >= FEWEST_DYADS

    @cached_property
    def reliability(self) -> Any:
        """Of synchrony at the pairs that these dyads have; for Pearson's r only."""
        if not self.reliable:
            return None
        options = {"scale": self.m, "confidence_level": self.level}
        found = self._tried(lambda: reliability(self.synchrony, **options))
        if found is None or not np.isfinite(found.reliability):
            return None
        if self.lacks_mediation or found.reliability < LEAST_RELIABILITY:
            return found
        a, _ = through_truth(
            abs(self.complete[X].corr(self.complete[self.m])), 0, found.reliability
        )
        return reliability(self.synchrony, explained=a**2, **options)

    @cached_property
    def successive(self) -> tuple[float, float] | None:
        """Correlation of successive values of each person; None with too few sessions.

        Pooled over dyads about each dyad's mean, whose bias of minus one over the number of
        sessions is added back.
        """
        pairs = self.changes[self.changes["dyad_id"].isin(self.known["dyad_id"])]
        pairs = pairs.dropna(subset=["patient", "therapist"]).sort_values(
            ["dyad_id", "session"], kind="stable"
        )
        if pairs.groupby("dyad_id").size().median() < FEWEST_SUCCESSIVE:
            return None
        dyad = pairs["dyad_id"]
        found = []
        for person in ("patient", "therapist"):
            centred = pairs[person] - pairs.groupby(dyad)[person].transform("mean")
            before = centred.groupby(dyad).shift()
            r = (centred * before).sum() / (centred**2).sum()
            found.append(float(r + dyad.nunique() / len(pairs)))
        return found[0], found[1]

    @property
    def independent(self) -> float:
        """Share of independent sessions that tell as much about a correlation: Bartlett (1935)."""
        if self.successive is None:
            return 1.0
        product = self.successive[0] * self.successive[1]
        return float(min(1.0, (1 - product) / (1 + product)))

    @cached_property
    def pooled(self) -> pd.Series | None:
        """The repeated-measures correlation, which depends on who is first in a dyad."""
        if not self.distinguishable or len(self.known) < 2:
            return None
        found = self._tried(
            lambda: pooled_synchrony(
                *(self.changes, "rm_corr"),
                therapists=self.study.dyads if self.clusters else None,
                n_resamples=self.affordable(2000, least=500),
                confidence_level=self.level,
                rng=self.settings.seed,
            )
        )
        return None if found is None or not len(found) else found.iloc[0]

    @cached_property
    def chance(self) -> pd.DataFrame | None:
        """Tests of the mean synchrony against surrogates; None where there is none."""
        if not self.testable:
            return None
        found = self._tried(
            lambda: against_chance(
                self.changes,
                therapists=self.study.dyads if self.clusters else None,
                measure=self.settings.measure,
                min_sessions=self.settings.min_sessions,
                n_surrogates=self.affordable(5000, least=1000),
                rng=self.settings.seed,
            )
        )
        if found is None:
            return None
        table = found.table.dropna(subset="p")
        if not self.distinguishable:  # who is first in a dyad is arbitrary, so no other can be
            table = table[table["test"] == "sessions shuffled"]
        return table

    @cached_property
    def versions(self) -> pd.DataFrame:
        """Synchrony of every dyad by other changes and other measures, a column each."""
        columns = {}
        made = {}
        for change in changes_of(self.study):
            if change == ORDERED["change"] and not self.distinguishable:
                continue
            made[change, self.settings.measure] = (change, self.settings.measure)
        for measure in MEASURES:
            if measure == ORDERED["measure"] and (
                not self.distinguishable or len(self.known) > 200
            ):
                continue
            made[self.change, measure] = (self.change, measure)
        for key, (change, measure) in made.items():
            found = self._tried(
                lambda change=change, measure=measure: dyad_synchrony(
                    session_changes(self.study, change, self.settings.below_loq),
                    measure,
                    self.settings.min_sessions,
                )
            )
            if found is not None and found["synchrony"].notna().any():
                columns[key] = found.set_index("dyad_id")["synchrony"]
        return pd.DataFrame(columns)

    @cached_property
    def specifications(self) -> pd.DataFrame:
        """The analyses of the multiverse: the main one, those one choice away, and others."""
        dyads = self.study.dyads
        covariates = ["none", "first score"]
        covariates += ["age"] * bool(dyads["age"].notna().mean() > 0.8)
        covariates += ["arm"] * bool(1 < dyads["arm"].nunique() < 8)
        change = [
            name
            for name in changes_of(self.study)
            if self.distinguishable or name != ORDERED["change"]
        ]
        specs = specifications(
            self.study,
            change=change,
            below_loq=["keep", *["substitute"] * bool(self.study.limit_of_quantification)],
            measure=["pearson", "spearman", "percentage_bend"],
            outcome=["slope", "difference"],
            covariates=covariates,
            missing="complete",
            method=["quasi-bayesian", "HC3", "bootstrap", "robust"],
        )
        main = specs.iloc[0]
        away = (specs != main).sum(axis=1)
        near, others = specs[away <= 1], specs[away > 1]
        n = max(self.affordable(self.settings.n_analyses, least=60) - len(near), 0)
        some = others.sample(min(n, len(others)), random_state=self.settings.seed)
        chosen = pd.concat([near, some])
        chosen.attrs = {"dropped": [], "possible": len(specs)}
        return chosen

    @cached_property
    def multiverse(self) -> pd.DataFrame | None:
        """The analyses with their findings, the cause as the lab measured it."""
        if not self.checkable:
            return None
        found = self._tried(
            lambda: run_multiverse(
                *(self.study, self.specifications),
                n_draws=min(self.settings.n_draws, 1000),
                confidence_level=self.level,
                rng=self.settings.seed,
                n_jobs=1,
            )
        )
        if found is None:
            return None
        table = found.table.assign(standardised=found.standardised("acme"))
        if self.study.layout.reversed_cause:
            for effect in ("a", "acme"):
                ends = -table[f"{effect}_ci_upper"], -table[f"{effect}_ci_lower"]
                table[f"{effect}_estimate"] *= -1
                table[f"{effect}_ci_lower"], table[f"{effect}_ci_upper"] = ends
            table["standardised"] *= -1
        unit = table["x_sd"] / table["y_sd"]
        return table.assign(
            lower=table["acme_ci_lower"] * unit,
            upper=table["acme_ci_upper"] * unit,
            **{name: sides(table, name) for name in ("a", "b", "acme")},
        )

    @cached_property
    def joint(self) -> JointTests | None:
        """Tests of the whole multiverse at once."""
        if not self.checkable:
            return None
        return self._tried(
            lambda: joint_tests(
                self.study,
                self.specifications,
                n_flips=self.affordable(2000, least=500),
                rng=self.settings.seed,
            )
        )

    @cached_property
    def design(self) -> Design | None:
        """A trial of this size: its dyads, pairs and groups, and the spread of its synchrony."""
        whole = self.study.has_cause and self.study.has_outcome
        if self.lacks_synchrony or not whole or len(self.known) < FEWEST_DYADS:
            return None
        n = len(self.known) if self.lacks_mediation else len(self.complete)
        n = max(n, FEWEST_DYADS)
        pairs = int(self.known["n_sessions"].median())
        groups = self.study.dyads["therapist_id"].nunique() if self.clusters else n
        settings = {
            "weeks": max(16, pairs),
            "n_dropouts": 0,
            "n_single_gaps": 0,
            "synchrony_sd": SPREAD,
            "synchrony_icc": 0.0,
            "reduction_icc": 0.0,
            "c": 0.0,
            # Spread and paths are those of what is measured: no other error is to be added.
            **dict.fromkeys(("assay_cv", "day_sd", "weekly_sd"), 0.0),
        }
        return Design(**settings).with_therapists(min(groups, n), n).with_sessions(pairs)

    @property
    def own(self) -> str:
        """What the size of the study's own paths is called."""
        return "as planned" if self.settings.planned else "as found here"

    @cached_property
    def own_design(self) -> Design | None:
        """The design with the paths planned, or found here and seen through true synchrony."""
        if self.settings.planned and self.study.simulated:
            return Design.from_dict(self.study.descriptor["dyadsync:simulation"]["design"])
        if self.lacks_mediation or self.design is None:
            return None
        if self.own_reliability < LEAST_RELIABILITY:
            return None
        found = self.effects.loc[["path a", "path b"], "standardised"]
        a, b = through_truth(*found.abs(), self.own_reliability)
        spread = {}
        if self.reliability:
            spread["synchrony_mean"] = self.reliability.mean_z
            spread["synchrony_sd"] = self.reliability.sd_z
        return replace(self.design, a=-a, b=b, **spread) if min(a, b) > 0.01 else None

    @property
    def own_reliability(self) -> float:
        """Reliability for which the paths found here are corrected; taken as that of the design."""
        if self.reliability:
            return float(self.reliability.reliability)
        return 1.0 if self.design is None else self.expected_reliability(self.design)

    def expected_reliability(self, design: Design) -> float:
        """Reliability of synchrony in studies of a design."""
        masses = normal_masses(np.array([design.synchrony_mean]), np.array([design.synchrony_sd]))
        return float(moments(masses, np.array([len(design.sessions)]), self.m).reliability[0])

    @cached_property
    def power(self) -> pd.DataFrame | None:
        """Power and exaggeration of a study of this size, by the size of its true paths."""
        if self.design is None:
            return None
        names = ("small", "medium", "large")
        designs = {} if self.own_design is None else {self.own: self.own_design}
        for name, size in zip(names, PLAUSIBLE, strict=True):
            designs[name] = replace(self.design, a=-size, b=size)
        found = power(
            list(designs.values()),
            n_trials=self.affordable(self.settings.n_trials, least=200),
            n_draws=500,
            confidence_level=self.level,
            rng=self.settings.seed,
            n_jobs=1,
        ).table
        # Of those that find the indirect effect, whichever path they find.
        size = found["type_m"] * found["truth"].abs() / found["mean"].abs()
        enough = found["power"] * found["n_trials"] >= FEWEST_FOUND
        table = found[["power", "power_se", "n_trials"]].assign(
            label=list(designs), exaggeration=size.where(enough)
        )
        table["path"] = [abs(one.b) for one in designs.values()]
        table["a"] = [abs(one.a) for one in designs.values()]
        table["reliability"] = [self.expected_reliability(one) for one in designs.values()]
        return table

    def affordable(self, n: int, least: int) -> int:
        """Reduce a number of repetitions where there are more than a hundred dyads."""
        return (
            max(least, int(n * min(1.0, 100 / max(len(self.study.dyads), 1)))) if n > least else n
        )

    @staticmethod
    def _tried(compute: Callable[[], Any]) -> Any:
        """Compute what some data cannot give; then None."""
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return compute()
        except InputError:
            return None


def sides(table: pd.DataFrame, effect: str) -> pd.Series:
    """On which side of 0 each interval of an effect lies: 1, -1, or 0 where it includes 0."""
    lower, upper = table[f"{effect}_ci_lower"], table[f"{effect}_ci_upper"]
    return (lower > 0).astype(int) - (upper < 0).astype(int)


def through_truth(a: float, b: float, reliability: float) -> tuple[float, float]:
    """Give the standardised paths through true synchrony that measured synchrony shows as a and b.

    Path b is estimated given the cause. As that explains a part of true synchrony and nothing of
    its errors, less is left of path b than of the correlation of synchrony and outcome.

    Examples
    --------
    >>> [round(path, 3) for path in through_truth(0.3, 0.25, 0.36)]
    [0.5, 0.506]
    """
    a = min(a / np.sqrt(reliability), LARGEST_PATH)
    b *= (1 / reliability - a**2) / (1 - a**2) * np.sqrt(reliability)
    return float(a), float(min(b, LARGEST_PATH))
