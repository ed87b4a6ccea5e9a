"""What each section of the report says, in the style of a results section.

Every function takes the `Analysis` and gives one text; an empty text where there is nothing to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from analysis import (
    FEWEST_FOR_CHECKS,
    LARGEST_PATH,
    LEAST_RELIABILITY,
    SPREAD,
    Analysis,
    X,
    Y,
    sides,
)
from apa import (
    count,
    digits,
    interval,
    isolated,
    level,
    listed,
    number,
    p_value,
    percent,
    share,
)

from dyadsync.counting import of_all
from dyadsync.scrutiny.measurement.reliability import shown_sessions
from dyadsync.study.flow import sampling
from dyadsync.synchrony.changes import below_loq_counts
from dyadsync.synchrony.measures import MEASURES

CHANGES = {
    "difference": "the difference of the second sample from the first",
    "log_ratio": "the logarithm of the ratio of the second sample to the first",
    "residualised": "what a line through the first samples leaves of the second ones",
    "absolute": "the size of the difference, whatever its direction",
    "level": "the value itself",
    "level_detrended": "what a straight line over a person's sessions leaves of the value",
}
BELOW_LIMIT = {
    "keep": "kept as the data have them",
    "substitute": "replaced by the limit / √2",
    "omit": "left out",
}
MEASURE_NAMES = {
    "pearson": "Pearson's r",
    "spearman": "Spearman's rank correlation",
    "concordance": "Lin's concordance",
    "percentage_bend": "the percentage bend correlation",
    "shrunken": "the shrunken slope of a mixed model",
}
IMPROVEMENTS = {
    "slope": "each dyad's least-squares slope over time, times the length of the study",
    "mixed": "each dyad's slope in a mixed model, times the length of the study",
    "difference": "the difference of each dyad's last rating from the first",
    "percent": "that difference as a percentage of the first rating",
}

FEWEST_GROUPS = 20
"""With fewer groups, an interval by clusters is not dependable."""
MOSTLY_INDEPENDENT = 0.8
"""Share of independent sessions below which a report says that they are not."""


def persons(a: Analysis) -> str:
    """Name the two persons of a dyad."""
    return f"{isolated(a.names.first)} and {isolated(a.names.second)}"


def improvement(a: Analysis) -> str:
    """Name the change of the outcome for the better."""
    way = "rise" if a.study.higher_is_better else "fall"
    return f"{way} in {isolated(a.names.outcome)}"


def reason(what: str, why: str) -> str:
    """Say that there is no answer, and why."""
    return f"{what} cannot be computed: {why}." if why else ""


def no_synchrony(a: Analysis) -> str:
    """Say why there is no synchrony; empty where there is."""
    return reason("Synchrony, and all that rests on it,", a.lacks_synchrony)


def no_findings(a: Analysis) -> str:
    """Say in the summary what there is not, and why; empty where there is all."""
    return no_synchrony(a) or no_mediation(a)


def no_mediation(a: Analysis) -> str:
    """Say why there is no mediation; empty where there is."""
    if a.lacks_synchrony:
        return "Without synchrony there is no mediation."
    return reason("The mediation", a.lacks_mediation)


# Data ---------------------------------------------------------------------------------------------


def design(a: Analysis) -> str:
    """Say who took part, and what was sampled when."""
    n, sessions = len(a.study.dyads), a.study.planned_sessions
    often = "once per person and session"
    if a.study.has_phases:
        often = (
            f"twice per person and session ({isolated(a.names.before)}; {isolated(a.names.after)})"
        )
    text = (
        f"{count(n, 'dyad')} of {persons(a)} took part in up to "
        f"{count(len(sessions), 'session')}, and {isolated(a.names.signal)} was measured {often}."
    )
    if a.clusters:
        sizes = a.study.dyads["therapist_id"].value_counts()
        text += (
            f" The dyads belong to {len(sizes)} groups ({isolated(a.names.group)}) of "
            f"{_range(sizes.min(), sizes.max())} dyads."
        )
    return text


def order(a: Analysis) -> str:
    """Say what holds where the persons of a dyad cannot be told apart."""
    if a.distinguishable:
        return ""
    return (
        "The two persons of a dyad cannot be told apart, so who is called "
        f"{isolated(a.names.first)} and who {isolated(a.names.second)} is arbitrary: only measures "
        "are used that stay the same when the two change places."
    )


def simulated(a: Analysis) -> str:
    """Say that the data are simulated, where they are."""
    return (
        "These data are simulated: no person took part, and nothing follows from them about people."
        if a.study.simulated
        else ""
    )


def planned(a: Analysis) -> str:
    """Say that this is a plan, where it is."""
    return (
        "This is a plan: the numbers show what the report of such a study will look like, and what "
        "it could and could not tell."
        if a.settings.planned
        else ""
    )


def flow(a: Analysis) -> str:
    """Say how many samples are there, and how many dyads enter."""
    found = sampling(a.study)
    gaps = int((found.gaps > 0).sum())
    planned = "dyadsync:planned_sessions" in a.study.descriptor
    of = "planned samples" if planned else "samples that all sessions of all dyads would give"
    if found.present == found.planned:
        text = f"All {found.planned:,} {of} are there."
    else:
        text = (
            f"Of the {found.planned:,} {of}, {found.present:,} are there "
            f"({number(found.percent, 1)} %); {count(gaps, 'dyad lacks', 'dyads lack')} some."
        )
    if not a.lacks_synchrony:
        n, total = len(a.known), len(a.synchrony)
        of = "The dyad" if total == 1 else f"{n} of {total} dyads"
        text += f" {of} {'has' if n == 1 else 'have'} a synchrony"
        text += "." if a.lacks_mediation else f" and {len(a.complete)} enter the mediation."
    return text


def signal(a: Analysis) -> str:
    """Describe the signal of both persons."""
    unit = a.names.in_unit("signal")
    of_whom = [(f"in {isolated(name)}, ", values) for name, values in a.by_person]
    decimals = digits(*(values["signal"].mean() for _, values in of_whom))
    parts = [
        f"{whom}M = {number(values['signal'].mean(), decimals)}{unit} "
        f"(SD = {number(values['signal'].std(), decimals)}, n = {len(values):,} samples)"
        for whom, values in of_whom
    ]
    return f"{isolated(a.names.signal)}: {'; '.join(parts)}."


def below_limit(a: Analysis) -> str:
    """Say how many samples lie below the limit of quantification."""
    limit = a.study.limit_of_quantification
    if limit is None:
        return ""
    total = below_loq_counts(a.study).iloc[-1]
    if not total["n_below"]:
        return (
            f"No sample lies below the limit of quantification of "
            f"{limit:g}{a.names.in_unit('signal')}."
        )
    return (
        f"Samples below the limit of quantification of {limit:g}{a.names.in_unit('signal')}, "
        f"{total['n_below']} of {total['n_samples']:,}, are {BELOW_LIMIT[a.settings.below_loq]}."
    )


def cause(a: Analysis) -> str:
    """Describe the cause."""
    if not a.study.has_cause:
        return "These data have no cause on which synchrony might depend."
    values = a.table[X].dropna()
    if not len(values):
        return f"{isolated(a.names.cause)} is not known of any dyad."
    if len(values) == 1:
        return f"{isolated(a.names.cause)}: {number(values.iloc[0])}{a.names.in_unit('cause')}."
    unit = a.names.in_unit("cause")
    d = min(digits(values.mean(), values.std()), max(digits(values.min(), values.max()), 2))
    return (
        f"{isolated(a.names.cause)}: M = {number(values.mean(), d)}{unit}, "
        f"SD = {number(values.std(), d)}, range {number(values.min(), d)} to "
        f"{number(values.max(), d)}, n = {count(len(values), 'dyad')}."
    )


def outcome(a: Analysis) -> str:
    """Describe the outcome and its course."""
    if not a.study.has_outcome:
        return "These data have no outcome."
    rated = a.study.symptoms.sort_values("time", kind="stable")
    if not len(rated):
        return f"{isolated(a.names.outcome)} was not rated."
    unit = a.names.in_unit("outcome")
    of_dyad = rated.groupby("dyad_id")["outcome"]
    first = of_dyad.first()
    last = of_dyad.last()[of_dyad.size() > 1]  # a first rating is nobody's last one
    if not len(last):
        return (
            f"{isolated(a.names.outcome)} was rated once in {count(len(first), 'dyad')}: "
            f"M = {number(first.mean(), digits(first.mean()))}{unit} "
            f"({_spread(first, digits(first.mean()))})."
        )
    d = digits(first.mean(), last.mean())
    of_n = f", n = {len(last)}" if len(last) < len(first) else ""
    better = "Higher" if a.study.higher_is_better else "Lower"
    times = f"{rated['time'].min():g} to {rated['time'].max():g}".replace("-", "−")
    text = (
        f"{isolated(a.names.outcome)} was rated {len(rated):,} times in "
        f"{count(len(first), 'dyad')} ({isolated(a.names.time)} {times}): first rating "
        f"M = {number(first.mean(), d)}{unit} ({_spread(first, d)}), last rating "
        f"M = {number(last.mean(), d)} ({_spread(last, d)}{of_n}). {better} values are better."
    )
    values = a.table[Y].dropna() if Y in a.table else pd.Series(dtype=float)
    if len(values) > 1:
        d = digits(values.mean(), values.std())
        text += (
            f" The {improvement(a)} over the study is M = {number(values.mean(), d)}"
            f"{_outcome_unit(a)} (SD = {number(values.std(), d)}, n = {len(values)})."
        )
    return text


# Synchrony ----------------------------------------------------------------------------------------


def synchrony_method(a: Analysis) -> str:
    """Say what synchrony is here."""
    return (
        f"Synchrony is {MEASURE_NAMES[a.settings.measure]} between the {a.what}s of "
        f"{persons(a)} over a dyad's sessions, from {a.settings.min_sessions} sessions on; the "
        f"{a.what} of a session is {CHANGES[a.change]}."
    )


def synchrony_found(a: Analysis) -> str:
    """Say how synchrony is spread over dyads."""
    r, pairs = a.known["synchrony"], a.known["n_sessions"]
    if len(r) == 1:
        return f"One dyad has a synchrony: r = {share(r.iloc[0])} from {pairs.iloc[0]} sessions."
    if r.max() == r.min():
        return f"All {len(r)} dyads have the same synchrony, r = {share(r.iloc[0])}."
    half = _t_half_width(r, a.level)
    mean = interval(r.mean() - half, r.mean() + half, a.level, share)
    negative = int((r < 0).sum())
    return (
        f"Over {len(r)} dyads, mean synchrony is r = {share(r.mean())} ({mean}; "
        f"SD = {share(r.std())}), from {_range(pairs.min(), pairs.max())} sessions per dyad; the "
        f"values range from {share(r.min())} to {share(r.max())}, and {negative} "
        f"{'is' if negative == 1 else 'are'} negative."
    )


def left_out(a: Analysis) -> str:
    """Say how many dyads have no synchrony, or one that is too good to be true."""
    n = len(a.synchrony) - len(a.known)
    verb = "has" if n == 1 else "have"
    text = f"{count(n, 'dyad')} {verb} too few sessions, or no variation. " if n else ""
    pairs = a.changes.dropna(subset=["patient", "therapist"])
    equal = (pairs["patient"] == pairs["therapist"]).groupby(pairs["dyad_id"]).all()
    same = a.known["dyad_id"].isin(equal.index[equal])
    if same.any():
        who = f"{count(int(same.sum()), 'dyad')} ({listed(a.known['dyad_id'][same])})"
        text += (
            f"In {who}, both persons have the same {a.what}s throughout, which may be a mistake."
        )
    return text.strip()


def pooled(a: Analysis) -> str:
    """Say what all sessions together give."""
    found = a.pooled
    if found is None:
        return ""
    return (
        "Within dyads, over all sessions together, the repeated-measures correlation is "
        f"r = {share(found['estimate'])} "
        f"({interval(found['ci_lower'], found['ci_upper'], a.level, share)}, "
        f"{p_value(found['p_value'])}, n = {int(found['n_sessions']):,} sessions of "
        f"{count(int(found['n_dyads']), 'dyad')})."
    )


def choices(a: Analysis) -> str:
    """Say what other changes and measures would give."""
    others = a.versions.drop(columns=[(a.change, a.settings.measure)], errors="ignore")
    if not len(others.columns) or len(a.known) < 3:
        return ""
    main = a.versions[a.change, a.settings.measure]
    r = others.corrwith(main).dropna()
    means = others.mean()
    if not len(r):
        return ""
    return (
        f"With {count(len(others.columns), 'other choice')} of {a.what} or measure, mean synchrony "
        f"lies between {share(means.min())} and {share(means.max())}, and dyads' values correlate "
        f"with those used here by {share(r.min())} to {share(r.max())}."
    )


def choices_table(a: Analysis) -> pd.DataFrame | None:
    """List mean and spread of synchrony by change and measure."""
    if len(a.known) < 3:
        return None
    chosen = (a.change, a.settings.measure)
    with np.errstate(invalid="ignore"):  # of a choice by which all dyads have the same synchrony
        correlations = {key: values.corr(a.versions[chosen]) for key, values in a.versions.items()}
    rows = [
        {
            "choice": f"{measure}{f', {change}' * (change != a.change)}".replace("_", " "),
            "dyads": str(int(values.notna().sum())),
            "M": share(values.mean()),
            "SD": share(values.std()),
            "r with main": "–" if key == chosen else share(correlations[key]),
        }
        for key, values in a.versions.items()
        for change, measure in [key]
    ]
    return pd.DataFrame(rows)


def chance(a: Analysis) -> str:
    """Say whether there is more synchrony than chance gives."""
    if MEASURES[a.settings.measure].whole_sample:
        return "There is no test against chance of a measure that all dyads share."
    if a.chance is None or not len(a.chance):
        return "With so few dyads and sessions, no test against chance is possible."
    smallest, largest = a.chance["p"].min(), a.chance["p"].max()
    middle = a.chance[["surrogates, 2.5 %", "97.5 %"]].mean(axis=1)
    size = "larger" if (a.chance["observed"] > middle).all() else "smaller"
    several = len(a.chance) > 1
    found = (
        f"{size} than theirs{' by every test' * several}"
        if largest < 1 - a.level
        else f"not shown to differ from theirs{' by any test' * several}"
        if smallest >= 1 - a.level
        else f"{size} than theirs by some tests and not by others"
    )
    ends = p_value(largest)
    if p_value(smallest) != ends:
        ends = f"{p_value(smallest)} to {p_value(largest).removeprefix('p = ')}"
    return (
        "The mean of Fisher's z was compared with that of surrogates, in which "
        f"{'persons or ' * several}sessions are paired at random. It is {found} ({ends})."
    )


def chance_table(a: Analysis) -> pd.DataFrame | None:
    """List the tests against chance."""
    if a.chance is None or not len(a.chance):
        return None
    names = {
        "pseudo-dyads, any": "persons of different dyads paired",
        "pseudo-dyads, other therapists": "persons of different groups paired",
        "therapists exchanged": f"partners exchanged{' between groups' * bool(a.clusters)}",
        "sessions shuffled": "sessions shuffled within dyads",
    }
    rows = [
        {
            "surrogates": names.get(row["test"], row["test"]),
            "mean z": number(row["observed"], 2),
            "surrogates' middle 95 %": (
                f"{number(row['surrogates, 2.5 %'], 2)} to {number(row['97.5 %'], 2)}"
            ),
            "p": p_value(row["p"]).removeprefix("p = ").removeprefix("p "),
        }
        for _, row in a.chance.iterrows()
    ]
    return pd.DataFrame(rows)


def reliability(a: Analysis) -> str:
    """Say how reliable synchrony is at the pairs that dyads have."""
    found = a.reliability
    if found is None:
        return ""
    pairs = a.known["n_sessions"]
    text = (
        f"At {_range(pairs.min(), pairs.max())} sessions per dyad, the reliability of synchrony is "
        f"estimated as {share(found.reliability)} "
        f"({interval(found.ci_lower, found.ci_upper, a.level, share)}, n = {found.n_dyads} dyads)"
    )
    if np.isfinite(found.sessions_needed):
        text += f"; {shown_sessions(found.sessions_needed)} sessions would give .70"
    left = found.left["b"]
    if np.isfinite(left) and a.study.has_outcome:
        given = "" if a.lacks_mediation else f", given {isolated(a.names.cause)},"
        text += f". A path b from true synchrony{given} would appear here as {percent(left)}"
        text += " of its size"
    return f"{text}. {not_independent(a)}".strip()


def no_reliability(a: Analysis) -> str:
    """Say that there is no reliability; empty where there is, or where its reason is said."""
    if a.reliability is not None or a.lacks_synchrony:
        return ""
    text = (
        "The reliability of synchrony cannot be estimated from these data."
        if a.settings.measure == "pearson"
        else "The reliability of synchrony is known of Pearson's r only."
    )
    return f"{text} {not_independent(a)}".strip()


def not_independent(a: Analysis) -> str:
    """Say so where successive sessions are so alike that they count for fewer."""
    if a.independent > MOSTLY_INDEPENDENT or a.successive is None:
        return ""
    first, second = map(share, a.successive)
    return (
        f"Successive {a.what}s of a person correlate by r = {first} ({isolated(a.names.first)}) "
        f"and r = {second} ({isolated(a.names.second)}), so the sessions of a dyad tell as much "
        f"about a correlation as {percent(a.independent)} of as many independent ones (Bartlett, "
        "1935, doi:10.2307/2342284): reliability is overestimated, and shuffled sessions are no "
        "fair comparison."
    )


# Mediation ----------------------------------------------------------------------------------------


def models(a: Analysis) -> str:
    """Say what was modelled."""
    scale = "Fisher's z of synchrony" if a.m == "z" else "synchrony"
    return (
        f"Least squares models of {scale} on {isolated(a.names.cause)}, and of the "
        f"{improvement(a)} on both; the intervals of the effects are from "
        f"{a.settings.n_draws:,} quasi-Bayesian draws (n = {len(a.complete)} dyads)."
    )


def path_a(a: Analysis) -> str:
    """Say path a with unit, interval, level and n."""
    what = "synchrony (z)" if a.m == "z" else "synchrony (r)"
    return f"{_one_more(a)}, {what} {_effect(a, 'path a', synchrony=True)}."


def path_b(a: Analysis) -> str:
    """Say path b."""
    more = "For one unit more of z" if a.m == "z" else "For synchrony higher by r = 1"
    return (
        f"{more}, and the same {isolated(a.names.cause)}, the {improvement(a)} "
        f"{_effect(a, 'path b')}."
    )


def acme(a: Analysis) -> str:
    """Say the indirect effect."""
    return (
        f"{_one_more(a)}, the part of the {improvement(a)} that goes through synchrony "
        f"{_effect(a, 'ACME')}."
    )


def path_a_alone(a: Analysis) -> str:
    """Say path a where there is no mediation; empty where there is none either."""
    if a.path_a is None:
        return ""
    n, *ends = a.path_a
    what = "synchrony (z)" if a.m == "z" else "synchrony (r)"
    estimate, within = _written(a, *ends)
    return f"{_one_more(a)}, {what} differs by {estimate} ({within}, n = {n} dyads)."


def verdicts(a: Analysis) -> str:
    """Say of which effects the interval leaves out 0."""
    table = a.effects.loc[["path a", "path b", "ACME"]]
    named = dict(zip(table.index, ("path a", "path b", "the indirect effect"), strict=True))
    out = [named[name] for name, row in table.iterrows() if row.ci_lower > 0 or row.ci_upper < 0]
    if not out:
        return "All three intervals include 0."
    inside = [name for name in named.values() if name not in out]
    if not inside:
        return "All three intervals exclude 0."
    one, other = ("interval", "those") if len(out) == 1 else ("intervals", "that")
    return (
        f"The {one} of {listed(out)} exclude{'s' * (len(out) == 1)} 0; {other} of "
        f"{listed(inside)} include{'s' * (len(inside) == 1)} it."
    )


def adjusted(a: Analysis) -> str:
    """Say what is left of the p-values of three claims as a family."""
    raw = [float(a.effects.loc[path, "p_value"]) for path in ("path a", "path b")]
    least, most = min(raw), max(raw)
    holm = [
        p_value(min(1.0, 2 * least) if one == least else max(most, min(1.0, 2 * least)))
        for one in raw
    ]
    return (
        f"As a family of two tests (Holm, 1979), path a has {holm[0]} and path b {holm[1]}; by "
        "the joint significance of both paths (MacKinnon et al., 2002, "
        f"doi:10.1037/1082-989X.7.1.83), the indirect effect has {p_value(most)}."
    )


def moderated(a: Analysis) -> str:
    """Say how the indirect effect differs between arms, where there are several."""
    if a.moderated is None:
        return ""
    effects, arm = a.moderated.conditional, isolated(a.names.arm)
    parts = []
    sizes = a.complete["arm"].value_counts()
    # The difference is that of the first and the second in this order.
    for value, row in effects.xs("ACME", level="effect").iterrows():
        parts.append(f"{_plain(a, row)} in {isolated(str(value))} (n = {sizes[value]})")
    text = f"By {arm}, the indirect effect is {listed(parts)}"
    if len(parts) == 2:
        row = a.moderated.moderation.loc["ACME"]
        text += f"; the difference is {_plain(a, row)}, {p_value(row.p_value)}"
    return text + "."


def weighted(a: Analysis) -> str:
    """Say what weights by the precision of the outcome's slopes change."""
    if a.weighted is None or a.precision is None:
        return ""
    row = a.weighted.table.loc["ACME"]
    return (
        "Dyads with fewer ratings have less certain slopes. Weighted by their precision (the "
        f"smallest weight is {share(a.precision.min())} of the largest), the indirect effect is "
        f"{_plain(a, row)}."
    )


def effects_table(a: Analysis) -> pd.DataFrame:
    """List paths and effects."""
    names = {
        "path a": "path a",
        "path b": "path b",
        "ACME": "indirect (ACME)",
        "ADE": "direct (ADE)",
        "Total effect": "total",
    }
    rows = [
        {
            "effect": names[str(name)],
            "estimate": number(row.estimate, d),
            f"{level(a.level)} CI": f"[{number(row.ci_lower, d)}, {number(row.ci_upper, d)}]",
            "p": p_value(row.p_value).removeprefix("p = ").removeprefix("p "),
            "SD per SD": number(row.standardised, 2),
        }
        for name, row in a.effects.iterrows()
        for d in [digits(row.estimate, row.ci_lower, row.ci_upper)]
    ]
    return pd.DataFrame(rows)


def units(a: Analysis) -> str:
    """Say the units of the table of effects."""
    unit = a.names.cause_unit or "unit"
    points = f" in {isolated(a.outcome_unit)}" if a.outcome_unit else ""
    return (
        f"Estimates are for one {isolated(unit)} more of the cause ({isolated(a.names.cause)}); "
        f"the outcome is the {improvement(a)}{points}."
    )


def missing(a: Analysis) -> str:
    """Say what imputing missing values would give."""
    gone = len(a.table) - len(a.complete)
    if not gone:
        return "No value that the models need is missing."
    verbs = ("lacks", "is") if gone == 1 else ("lack", "are")
    text = f"{count(gone, 'dyad')} of {len(a.table)} {verbs[0]} a value and {verbs[1]} left out."
    if a.imputed is None:
        return text
    row = a.imputed.table.loc["ACME"]
    text += f" With {a.imputed.n_imputations} imputations, the indirect effect is {_plain(a, row)}."
    if a.tipping is not None:
        turns = [abs(one) for one in a.tipping.turns_at if np.isfinite(one)]
        text += (
            f" Whether the interval includes 0 would change if the missing values lay "
            f"{number(min(turns), 1)} SD from those imputed."
            if turns
            else " Missing values up to 3 SD from those imputed would not change whether the "
            "interval includes 0."
        )
    return text


def unmeasured(a: Analysis) -> str:
    """Say how strong an unmeasured cause would have to be."""
    found = a.sensitivity
    if found is None or not np.isfinite(found.rho_at_zero):
        return ""
    product = found.r2_residual_at_zero
    return (
        "The indirect effect would be 0 if the errors of the two models correlated by "
        f"r = {share(found.rho_at_zero)}: an unmeasured cause of both does that if the shares of "
        "residual variance that it explains in synchrony and in the outcome have the product "
        f"{share(product, 2 if product >= 0.01 else 4)}. The mediational E-value (Smith & "
        "VanderWeele, 2019, doi:10.1097/EDE.0000000000001064) is "
        f"{number(found.e_value, 2)}, and "
        f"{number(found.e_value_ci, 2)} for the end of the interval that is nearer to 0."
    )


def measurement_error(a: Analysis) -> str:
    """Say what the latent model gives."""
    if a.latent is None:
        return ""
    row = a.latent.table.loc["ACME"]
    return (
        "A model of the true synchrony behind each dyad's few sessions gives an indirect effect of "
        f"{_plain(a, row)}; it allows for synchrony being measured with error."
    )


def assumptions(a: Analysis) -> str:
    """Say what a causal reading rests on."""
    return (
        "A causal reading assumes that no common cause of any two of "
        f"{isolated(a.names.cause)}, synchrony and {isolated(a.names.outcome)} was left out, and "
        "that synchrony comes before the change of the outcome; where sessions and ratings overlap "
        "in time, the data cannot show that order."
    )


# Robustness ---------------------------------------------------------------------------------------


def replicated(a: Analysis) -> str:
    """Say how methods agree on the indirect effect."""
    found = a.replication.of("ACME")
    if not len(found):
        return "No other method has an answer with these data."
    out = int(((found["ci_lower"] > 0) | (found["ci_upper"] < 0)).sum())
    main = a.effects.loc["ACME"]
    d = digits(main.estimate, main.ci_lower, main.ci_upper)
    low, high = found["estimate"].min(), found["estimate"].max()
    excluding = of_all(out, len(found), "intervals", "excludes/exclude 0")
    return (
        f"By {count(len(found), 'method')}, the indirect effect lies between {number(low, d)} and "
        f"{number(high, d)}{_outcome_unit(a)}; {excluding} "
        f"(n = {len(a.complete)} dyads).{_few_groups(a)}"
    )


def _few_groups(a: Analysis) -> str:
    """Warn of intervals by few clusters."""
    groups = a.complete["therapist_id"].nunique()
    if not a.clusters or groups >= FEWEST_GROUPS:
        return ""
    return (
        f" With {groups} groups, the interval by clusters is a rough guess (MacKinnon, Nielsen & "
        "Webb, 2023, doi:10.1002/jae.2969)."
    )


def method_name(a: Analysis, name: str) -> str:
    """Name a method; clusters are those of the study."""
    return f"clusters ({isolated(a.names.group)})" if name == "therapist clusters" else name


def replication_table(a: Analysis) -> pd.DataFrame | None:
    """List the indirect effect by method."""
    found = a.replication.of("ACME")
    main = a.effects.loc["ACME"]
    d = digits(main.estimate, main.ci_lower, main.ci_upper)
    rows = [
        {
            "method": method_name(a, str(name)),
            "indirect effect": number(row.estimate, d),
            f"{level(a.level)} CI": f"[{number(row.ci_lower, d)}, {number(row.ci_upper, d)}]",
        }
        for name, row in found.iterrows()
    ]
    return pd.DataFrame(rows)


def without_one(a: Analysis) -> str:
    """Say how the indirect effect ranges without each dyad and each group."""
    parts = []
    for unit, what in ((None, "dyad"), (a.clusters, f"group ({isolated(a.names.group)})")):
        if unit is None and what != "dyad":
            continue
        found = a.influence(unit)
        if found is None or not len(found):
            continue
        low, high = found["without"].min(), found["without"].max()
        d = digits(low, high)
        turned = int(found["sign_changes"].sum())
        parts.append(
            f"With one {what} left out at a time, the indirect effect ranges from {number(low, d)} "
            f"to {number(high, d)}{_outcome_unit(a)}; its sign "
            f"{f'changes without {turned} of them' if turned else 'does not change'}."
        )
    return " ".join(parts)


def nothing_to_check(a: Analysis) -> str:
    """Say that there is no mediation, whose section says why; empty where there is."""
    return "There is no mediation to check, see above." if a.lacks_mediation else ""


def few_dyads(a: Analysis) -> str:
    """Say that there are too few dyads to check anything."""
    return (
        f"With {len(a.complete)} dyads in the models, robust fits and resamples have no dependable "
        f"answer; from {FEWEST_FOR_CHECKS} dyads on this section compares them."
    )


def multiverse(a: Analysis) -> str:
    """Say how far the defensible analyses agree with the main one."""
    table = a.multiverse
    if table is None:
        return ""
    possible = a.specifications.attrs["possible"]
    low, high = table["standardised"].quantile([0.025, 0.975])
    some = f"{len(table):,} of {possible:,}" if len(table) < possible else f"{len(table):,}"
    return (
        f"{some} combinations of defensible choices were analysed. The middle 95 % of the indirect "
        f"effects lie between {number(low, 2)} and {number(high, 2)} SD per SD (median "
        f"{number(table['standardised'].median(), 2)})."
    )


def agreement(a: Analysis, effect: str) -> float:
    """Share of the multiverse whose interval lies where that of the main analysis does."""
    name = {"a": "path a", "b": "path b", "acme": "ACME"}[effect]
    row = a.effects.loc[[name]].add_prefix(f"{effect}_")
    main = int(sides(row, effect).iloc[0])
    assert a.multiverse is not None
    return float((a.multiverse[effect] == main).mean())


def agreements(a: Analysis) -> str:
    """Say the share of analyses that agree on each effect."""
    if a.multiverse is None:
        return ""
    shares = [
        f"{percent(agreement(a, effect))} on {name}"
        for effect, name in (("a", "path a"), ("b", "path b"), ("acme", "the indirect effect"))
    ]
    return (
        f"Of {len(a.multiverse):,} defensible analyses, {listed(shares)} agree with the main one "
        "about whether, and on which side, the interval excludes 0."
    )


def joint(a: Analysis) -> str:
    """Say what the tests of the whole multiverse give."""
    if a.joint is None:
        return ""
    p = {effect: a.joint.p_value(effect) for effect in ("a", "b", "acme")}
    return (
        f"Tested as a whole, by {a.joint.n_flips:,} sign flips of the median effect over "
        f"{count(len(a.joint.models), 'pair')} of models: path a {p_value(p['a'])}, path b "
        f"{p_value(p['b'])}, indirect effect {p_value(p['acme'])} (n = {a.joint.n_dyads} dyads)."
    )


# What a study like this can say -------------------------------------------------------------------


def power(a: Analysis) -> str:
    """Say how often a study of this size finds an effect, and what it makes of it."""
    if a.power is None:
        return ""
    table = a.power.set_index("label")
    parts = [
        f"{_power(row)} if both true paths are {name} ({number(row.path, 1)} SD per SD)"
        for name, row in table.drop(index=a.own, errors="ignore").iterrows()
    ]
    n, pairs = a.design.n_dyads, len(a.design.sessions)
    by = "" if a.settings.measure == "pearson" else " by Pearson's r"
    text = (
        f"In simulated studies with {n} dyads and {pairs} sessions, in which true synchrony has a "
        f"standard deviation of {number(SPREAD, 1)} (Fisher's z) and is measured with a "
        f"reliability of {share(table.loc['medium', 'reliability'])}{by}, the power to find an "
        f"indirect effect is {listed(parts)}."
    )
    if a.own in table.index:
        row = table.loc[a.own]
        own = "paths planned"
        if not a.settings.planned:
            own = (
                "paths found here, corrected for a reliability of synchrony of "
                f"{share(a.own_reliability)} and at most {number(LARGEST_PATH, 1)},"
            )
        text += f" If the {own} were the true ones, it would be {_power(row)}"
        if np.isfinite(row.exaggeration):
            text += (
                ", and the studies that find the effect would estimate it "
                f"{number(row.exaggeration, 1)} times as large as all studies do on average"
            )
        text += "."
    elif np.isfinite(table.loc["medium", "exaggeration"]):
        text += (
            " The studies that find a medium effect estimate it "
            f"{number(table.loc['medium', 'exaggeration'], 1)} times as large as all studies do on "
            "average."
        )
    if a.own_reliability < LEAST_RELIABILITY:
        text += (
            " What true paths lie behind those found here cannot be told where the reliability of "
            f"synchrony is below {share(LEAST_RELIABILITY)}."
        )
    return text


def no_power(a: Analysis) -> str:
    """Say why there is no power; why there is no synchrony is said before."""
    if a.lacks_synchrony:
        return "Without synchrony, no power can be computed."
    if not (a.study.has_cause and a.study.has_outcome):
        return "Without both a cause and an outcome, there is no indirect effect to find."
    return (
        "What a study of this size could find cannot be simulated: too few dyads have a synchrony."
    )


def power_table(a: Analysis) -> pd.DataFrame | None:
    """List power and exaggeration by the size of the true paths."""
    if a.power is None:
        return None
    rows = [
        {
            "true paths": str(row["label"]),
            "a": number(row["a"], 2),
            "b": number(row["path"], 2),
            "reliability": share(row["reliability"]),
            "power": _power(row),
            "exaggeration": f"{number(row['exaggeration'], 1)} ×"
            if np.isfinite(row["exaggeration"])
            else "–",
        }
        for _, row in a.power.iterrows()
    ]
    return pd.DataFrame(rows)


def facts_table(a: Analysis) -> pd.DataFrame:
    """List the study in five numbers."""
    rows = {"dyads": f"{len(a.study.dyads):,}"}
    pairs = a.synchrony["n_sessions"]
    rows[f"sessions per dyad with a {a.what} of both persons"] = (
        f"{number(pairs.median(), 0)} (median; {_range(pairs.min(), pairs.max())})"
    )
    if not a.lacks_synchrony and len(a.known) > 1:
        r = a.known["synchrony"]
        half = _t_half_width(r, a.level)
        ends = interval(r.mean() - half, r.mean() + half, a.level, share)
        rows["mean synchrony"] = f"{share(r.mean())} ({ends})"
        if a.reliability:
            found = a.reliability
            ends = interval(found.ci_lower, found.ci_upper, a.level, share)
            rows["reliability of synchrony"] = f"{share(found.reliability)} ({ends})"
    if not a.lacks_mediation:
        row = a.effects.loc["ACME"]
        d = digits(row.estimate, row.ci_lower, row.ci_upper)
        unit = _outcome_unit(a)
        rows["indirect effect through synchrony"] = (
            f"{number(row.estimate, d)}{unit} ({interval(row.ci_lower, row.ci_upper, a.level)})"
        )
    return pd.DataFrame({"quantity": list(rows), "value": list(rows.values())})


# Pieces of sentences ------------------------------------------------------------------------------


def _power(row: Any) -> str:
    """Write the share of trials that find an effect; of none, the upper 95 % limit of the share.

    The limit is 3 / n: Hanley & Lippman-Hand (1983), doi:10.1001/jama.1983.03330370053031.
    """
    return percent(row.power) if row.power else f"under {percent(3 / row.n_trials)}"


def _spread(values: pd.Series, decimals: int) -> str:
    """Write the standard deviation that follows a mean, where there is one."""
    return f"SD = {number(values.std(), decimals)}" if len(values) > 1 else "one dyad"


def _outcome_unit(a: Analysis) -> str:
    return f" {a.outcome_unit}" if a.outcome_unit else ""


def _one_more(a: Analysis) -> str:
    unit = a.names.cause_unit
    one = f"1 {isolated(unit)}" if unit else "one unit"
    return f"For {one} more of {isolated(a.names.cause)}"


def _effect(a: Analysis, name: str, *, synchrony: bool = False) -> str:
    row: Any = a.effects.loc[name]
    estimate, within = _written(a, row.estimate, row.ci_lower, row.ci_upper)
    unit = "" if synchrony else _outcome_unit(a)
    return (
        f"differs by {estimate}{unit} ({within}, {p_value(row.p_value)}, n = {len(a.complete)} "
        f"dyads; {number(row.standardised, 2)} SD per SD)"
    )


def _plain(a: Analysis, row: Any) -> str:
    estimate, within = _written(a, row.estimate, row.ci_lower, row.ci_upper)
    return f"{estimate}{_outcome_unit(a)} ({within})"


def _written(a: Analysis, estimate: float, lower: float, upper: float) -> tuple[str, str]:
    """Write an estimate and its interval with the same decimals."""
    d = digits(estimate, lower, upper)
    ends = interval(lower, upper, a.level, lambda value: number(value, d))
    return number(estimate, d), ends


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _t_half_width(values: pd.Series, confidence_level: float) -> float:
    from scipy import stats

    quantile = stats.t.ppf((1 + confidence_level) / 2, len(values) - 1)
    return float(quantile * values.std() / np.sqrt(len(values)))
