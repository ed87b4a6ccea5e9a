"""The words of a study: what its pages, figures and claims call what was measured.

A package with roles is told in its own words, which are the titles, units and categories of its
fields; one without is told in the words of the study that the book follows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dyadsync.study.roles import Layout, find_layout

__all__ = ["SHIPPED", "SPOKEN", "Words", "in_sentence", "plural", "words_of"]

_IRREGULAR = {"child": "children", "man": "men", "wife": "wives", "person": "people"}


@dataclass(frozen=True)
class Words:
    """Every word and unit of a study, as it stands inside a sentence.

    Without arguments, the words of the study that the book follows.

    Attributes
    ----------
    signal, signal_title, unit : str
        What was sampled, in short and as an axis names it, and its unit (empty if it has none).
    first, second : str
        The two persons of a dyad; those of the changes ``patient`` and ``therapist``.
    before, after : str
        The two samples of a session.
    cause, cause_title, cause_unit : str
        What the supposed chain begins with.
    cause_reversed : bool
        Whether high values are the better ones, so that its sign is turned in every analysis.
    outcome, scale, outcome_unit : str
        What is hoped to change, the scale it was rated on, and the unit.
    reduction : str
        The outcome's change for the better.
    fall : str
        ``fall`` or ``rise``: which way the scale goes then.
    therapist : str
        Whom several dyads share.
    time, time_title, times : str
        The unit of time of the ratings, what an axis calls it, and the unit's plural.
    ratings : str
        The measurements of the outcome.
    change : str
        What a session gives of a person: a ``change``, or without phases a ``level``.
    positive : bool
        Whether the signal is above 0 by its nature, so that it is drawn on logarithmic axes.
    """

    signal: str = "oxytocin"
    signal_title: str = "oxytocin in saliva"
    unit: str = "pg/mL"
    first: str = "patient"
    second: str = "therapist"
    before: str = "before"
    after: str = "after"
    cause: str = "social impairment"
    cause_title: str = "social impairment at baseline"
    cause_unit: str = "SD"
    cause_reversed: bool = False
    outcome: str = "depression"
    scale: str = "HRSD-17"
    outcome_unit: str = "points"
    reduction: str = "symptom reduction"
    fall: str = "fall"
    therapist: str = "therapist"
    time: str = "week"
    time_title: str = "week of treatment"
    times: str = "weeks"
    ratings: str = "symptom ratings"
    change: str = "change"
    positive: bool = True

    @property
    def firsts(self) -> str:
        """The first persons of all dyads."""
        return plural(self.first)

    @property
    def seconds(self) -> str:
        """The second persons of all dyads."""
        return plural(self.second)

    @property
    def therapists(self) -> str:
        """All whom dyads share."""
        return plural(self.therapist)

    @property
    def worse(self) -> str:
        """Which end of the cause is the worse one: ``higher`` or ``lower``."""
        return "lower" if self.cause_reversed else "higher"

    @property
    def burden(self) -> str:
        """The cause as analyses take it, whose higher values are always the worse ones."""
        return f"lack of {self.cause}" if self.cause_reversed else self.cause

    @property
    def cause_axis(self) -> str:
        """The cause as an axis names it, whose higher values are always the worse ones."""
        turned = "sign turned: " if self.cause_reversed else ""
        return f"{self.cause_title} ({turned}higher is worse)"

    @property
    def signal_axis(self) -> str:
        """The signal as an axis names it."""
        return with_unit(self.signal_title, self.unit)

    @property
    def scale_axis(self) -> str:
        """The outcome as an axis names it."""
        return with_unit(self.scale, self.outcome_unit)

    def tell(self, text: Any) -> Any:
        """Put the study's words into a text or table that the package made.

        The package's own sentences speak of what the study that the book follows speaks of, and
        of whom dyads share as therapists.

        Parameters
        ----------
        text : str, Series or DataFrame
            Of a table, names and texts are told anew.

        Examples
        --------
        >>> Words(therapist="centre").tell("There are 2 therapists.")
        'There are 2 centres.'
        """
        if self == SHIPPED:
            return text
        if isinstance(text, str):
            return SPOKEN.sub(lambda found: self.as_dict()[self.instead(found)], text)
        if hasattr(text, "map") and hasattr(text, "rename"):
            told = text.map(lambda one: self.tell(one) if isinstance(one, str) else one)
            named = {"index": self.tell} | ({"columns": self.tell} if text.ndim == 2 else {})
            return told.rename(**named)
        return text

    def instead(self, found: re.Match[str]) -> str:
        """Give the name of the word that stands for a phrase of the followed study."""
        name = _LOWER[found.group().lower()]
        return name.capitalize() if found.group()[0].isupper() else name

    def claims(self) -> dict[str, str]:
        """Word the three claims, by their letters.

        Examples
        --------
        >>> Words(cause="warmth", cause_reversed=True, reduction="gain in wellbeing").claims()["a"]
        'Lower warmth goes with lower synchrony'
        """
        worse = "Poorer social functioning"
        if self.cause != Words.cause:
            worse = f"{self.worse.capitalize()} {self.cause}"
        return {
            "a": f"{worse} goes with lower synchrony",
            "b": f"Lower synchrony goes with less {self.reduction}",
            "c": f"Synchrony mediates between {self.cause} and {self.reduction}",
        }

    def _phrases(self) -> dict[str, str]:
        """Make the phrases that a study needs besides its words."""
        past = "rose" if self.fall == "rise" else "fell"
        return {
            "the_subject": f"{self.signal} synchrony",
            "less_reduction": f"less {self.reduction}",
            "worse_cause": f"{self.worse} {self.cause}",
            "burden_title": f"lack of {self.cause_title}"
            if self.cause_reversed
            else self.cause_title,
            "it_fell": f"{self.outcome} {past}",
            "it_falls": f"{self.outcome} {self.fall}s",
            **self._phrases_of_a_session(),
            "sample": "sample",
            "samples": "samples",
            "rating": "rating",
            "second_change": f"{self.second}'s {self.change}",
            "second_changes": f"{self.second}'s {self.change}s",
            "first_change": f"{self.first}'s {self.change}",
            "first_changes": f"{self.first}'s {self.change}s",
            "second_sessions": f"{self.second}'s sessions",
            "second_series": f"{self.second} series",
            "missing_of_seconds": f"missing of {self.seconds}",
            "the_two": f"a {self.first} and a {self.second}",
            "both": f"{self.first} and {self.second}",
            "both_plural": f"{self.firsts} and {self.seconds}",
            "both_for": f"{self.firsts} and for {self.seconds}",
            "groups_have": f"{self.therapists} have",
            "group_has": f"{self.therapist} has",
            "who_is_where": "who belongs where",
            "over_the_study": "over the study",
            "during_the_study": "during the study",
            "at_the_beginning": "at the beginning",
            "at_the_end": "at the end",
            "the_followed": "the followed study's",
            "of_both": "of both",
            "lost_sample": "lost sample",
            "the_sample_that_the": "the sample that the",
            "wrong_value": "wrong value",
        }

    def _phrases_of_a_session(self) -> dict[str, str]:
        """Make the phrases that hang on whether a session has two samples of a person or one."""
        levels = self.change == "level"
        said = {_key(phrase): phrase.replace("change", self.change) for phrase in _OF_CHANGES}
        for phrase, of_one in _OF_SAMPLES.items():
            told = of_one if levels else phrase.replace("saliva ", "")
            told = told.replace("patient", "{first}").replace("therapist", "{second}")
            said[_key(phrase)] = told.format(first=self.first, second=self.second)
        return said | {
            "in_unit": f", in {self.unit}" if self.unit else "",
            "its_axis": "logarithmic axis" if self.positive else "plain axis",
        }

    def as_dict(self) -> dict[str, str]:
        """All words by name, and with a capital letter where the name has one."""
        names = [*self.__dataclass_fields__, *_DERIVED]
        words = {name: str(getattr(self, name)) for name in names} | self._phrases()
        return words | {name.capitalize(): _capital(word) for name, word in words.items()}


_OF_CHANGES = (
    *("session changes", "session's changes", "pairs of changes", "pair of changes"),
    *("mean change", "single changes", "large change", "both changes", "normal changes"),
    *("change of both persons", "persons' changes", "person's changes", "person's change"),
    *("dyad's changes", "its changes", "changes say", "whose changes", "each change score"),
    *("ranks of the changes", "agreement of the changes", "correlation of changes"),
    *("equal changes", "these changes", "one change a person", "by the change", "from each change"),
    *("change of this build", "there is such a change", "session's change", "measure change"),
)
"""Phrases in which a change is what a session gives of a person."""
_OF_SAMPLES = {
    "four saliva samples a session, two before it and two after,": (
        "two samples a session, one of each person,"
    ),
    "two samples of a person give a change over the session, the changes of the two persons": (
        "the samples of the two persons in a session are"
    ),
    "four ways to measure a change": "ways to take a level",
    "ways to measure a change": "ways to take a level",
    "and the change": "and the",
    "this build the change is": "this build what counts is",
    "one of the four samples": "one of the two samples",
    "all four of its samples": "both of its samples",
    "three quarters of it: three of four samples are there": (
        "half of it: one of two samples is there"
    ),
    "a change needs a sample before and one after, and a pair needs both changes": (
        "a pair needs the levels of both persons"
    ),
    "both persons have both samples": "both persons have a sample",
    "gave after the session": "gave",
    "this session moved the person more than usual (positive) or less (negative)": (
        "the person stood higher in this session than usual (positive) or lower (negative)"
    ),
    "both change together": "both stand high or low together",
    "four columns a session": "two columns a session",
    "four columns for each session: patient before and after, therapist before and after": (
        "two columns for each session: patient and therapist"
    ),
    "over each session": "in each session",
    "rose or fell, more than usual for that person or less": (
        "stood higher or lower than is usual for that person"
    ),
}
"""What is said of two samples of each person in a session, and what of one."""


def _key(phrase: str) -> str:
    return re.sub(r"\W+", "_", phrase).strip("_")


_INSTEAD = {
    **{phrase: _key(phrase) for phrase in (*_OF_CHANGES, *_OF_SAMPLES)},
    "logarithmic axis": "its_axis",
    "in the saliva of both": "of_both",
    "lost tube": "lost_sample",
    "the tube that the": "the_sample_that_the",
    "contaminated tube": "wrong_value",
    "patient's changes": "first_changes",
    "patients' changes": "first_changes",
    "patient's change": "first_change",
    "oxytocin synchrony in psychotherapy": "the_subject",
    "social_impairment": "burden",
    "symptom_reduction": "reduction",
    "social impairment at baseline": "burden_title",
    "social impairment": "burden",
    "poorer social functioning": "worse_cause",
    "poor social functioning": "worse_cause",
    "social functioning": "cause",
    "impairment": "burden",
    "symptom reduction": "reduction",
    "reduction of symptoms": "reduction",
    "relief from depression": "reduction",
    "less relief from depression": "less_reduction",
    "less relief": "less_reduction",
    "fall of symptoms": "reduction",
    "symptoms fell": "it_fell",
    "depression falls": "it_falls",
    "depressive symptoms": "outcome",
    "depression scale": "scale",
    "depression": "outcome",
    "symptoms": "outcome",
    "HRSD-17": "scale",
    "oxytocin in saliva": "signal_title",
    "oxytocin": "signal",
    "saliva samples": "samples",
    "saliva sample": "sample",
    "samples of saliva": "samples",
    "pg/mL": "unit",
    "therapist's change": "second_change",
    "therapist's changes": "second_changes",
    "therapists' changes": "second_changes",
    "therapist's sessions": "second_sessions",
    "therapist series": "second_series",
    "a patient and a therapist": "the_two",
    "patient and therapist": "both",
    "patients and therapists": "both_plural",
    "patients and for therapists": "both_for",
    "therapists treat": "groups_have",
    "therapist treats": "group_has",
    "who treats whom": "who_is_where",
    "missing of therapists": "missing_of_seconds",
    "therapist_id": "therapist",
    "therapists": "therapists",
    "therapist": "therapist",
    "patients": "firsts",
    "patient": "first",
    "weekly rating": "rating",
    "week of treatment": "time_title",
    "weeks of treatment": "times",
    "weeks": "times",
    "week": "time",
    "over the treatment": "over_the_study",
    "over treatment": "over_the_study",
    "during treatment": "during_the_study",
    "before treatment": "at_the_beginning",
    "after treatment": "at_the_end",
    "the paper's": "the_followed",
}
"""What the book says of the study that it follows, and the word that stands there for another."""
SPOKEN = re.compile(
    rf"(?i)(?<![\w-])(?:{'|'.join(sorted(map(re.escape, _INSTEAD), key=len, reverse=True))})(?!\w)"
)
_LOWER = {phrase.lower(): word for phrase, word in _INSTEAD.items()}
_DERIVED = [
    *(
        "firsts",
        "seconds",
        "therapists",
        "worse",
        "burden",
        "cause_axis",
        "signal_axis",
        "scale_axis",
    ),
]

SHIPPED = Words()
"""The words of the study that the book follows."""


def words_of(descriptor: Mapping[str, Any] | Layout) -> Words:
    """Find the words of a data package.

    Parameters
    ----------
    descriptor : mapping
        The contents of ``datapackage.json``.

    Examples
    --------
    >>> words_of({"resources": []}).signal
    'oxytocin'
    """
    layout = descriptor if isinstance(descriptor, Layout) else find_layout(descriptor)[0]
    if not layout.declared:
        return SHIPPED
    signal, cause, outcome, time, therapist = (
        layout.field(table, column)
        for table, column in (
            ("samples", "signal"),
            ("dyads", "social_impairment"),
            ("symptoms", "outcome"),
            ("symptoms", "time"),
            ("dyads", "therapist_id"),
        )
    )
    persons = _category_words(layout.field("samples", "role"), layout.persons)
    phases = _category_words(layout.field("samples", "phase"), layout.phases)
    higher = outcome.get("dyadsync:better") == "higher"
    rated = _word(outcome, "outcome")
    times = _unit(time).split(" ")[0] or plural(_word(time, "time"))
    return Words(
        signal=_word(signal, "signal"),
        signal_title=in_sentence(_title(signal, "signal")),
        unit=_unit(signal),
        first=persons[0],
        second=persons[1],
        before=phases[0],
        after=phases[1],
        cause=_word(cause, "cause"),
        cause_title=in_sentence(_title(cause, "cause")),
        cause_unit=_unit(cause),
        cause_reversed=layout.reversed_cause,
        outcome=rated,
        scale=_scale(outcome),
        outcome_unit=_unit(outcome) or "points",
        reduction=f"{'gain' if higher else 'reduction'} in {rated}" if outcome else "improvement",
        fall="rise" if higher else "fall",
        therapist=_word(therapist, "group"),
        time=singular(times),
        time_title=in_sentence(_title(time, "time")),
        times=times,
        ratings=f"ratings of {rated}",
        change="change" if "phase" in layout.columns.get("samples", {}) else "level",
        positive=layout.positive_signal,
    )


def in_sentence(title: str) -> str:
    """Write a title as it stands inside a sentence.

    Examples
    --------
    >>> in_sentence("Cortisol in saliva"), in_sentence("RSA"), in_sentence("Beck Inventory")
    ('cortisol in saliva', 'RSA', 'Beck Inventory')
    """
    rest = title[1:]
    return title if any(letter.isupper() for letter in rest) else title[:1].lower() + rest


def plural(word: str) -> str:
    """Give the plural of a word for persons, places or times.

    Examples
    --------
    >>> [plural(word) for word in ("patient", "child", "coach", "family", "boy", "centre")]
    ['patients', 'children', 'coaches', 'families', 'boys', 'centres']
    """
    for one, many in _IRREGULAR.items():
        if word == one or word.endswith((f" {one}", f"-{one}", f"wo{one}")):
            return word.removesuffix(one) + many
    if word.endswith(("s", "x", "ch", "sh")):
        return f"{word}es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return f"{word[:-1]}ies"
    return f"{word}s"


def singular(word: str) -> str:
    """Give the singular of a unit of time, such as weeks."""
    return word.removesuffix("s") if len(word) > 2 else word


def possessive(word: str) -> str:
    """Give what makes a word a possessor: patients', children's."""
    return "'" if word.endswith("s") else "'s"


def with_unit(title: str, unit: str) -> str:
    """Write a title with its unit in brackets, if it has one."""
    return f"{title} ({unit})" if unit else title


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _title(field: Mapping[str, Any], otherwise: str) -> str:
    title = field.get("title") or str(field.get("name", otherwise)).replace("_", " ")
    return " ".join(str(title).split())


def _word(field: Mapping[str, Any], otherwise: str) -> str:
    """Give a field's short name: ``dyadsync:word``, or its title before any bracket."""
    word = field.get("dyadsync:word")
    if isinstance(word, str) and word.strip():
        return " ".join(word.split())
    title = _title(field, otherwise)
    return in_sentence(title.split(" (")[0] or title)


def _scale(field: Mapping[str, Any]) -> str:
    """Give the name of a scale: what the outcome's title has in brackets, else the title."""
    title = _title(field, "outcome")
    found = re.search(r" \(([^()]+)\)$", title)
    return found.group(1) if found else in_sentence(title)


def _unit(field: Mapping[str, Any]) -> str:
    return " ".join(str(field.get("unit", "")).split())


def _category_words(field: Mapping[str, Any], values: tuple[str, str]) -> tuple[str, str]:
    """Name two categories by their labels, else by their values."""
    labels = dict(zip(values, values, strict=True))
    for one in field.get("categories") or []:
        if isinstance(one, Mapping) and str(one.get("value")) in labels and one.get("label"):
            labels[str(one["value"])] = str(one["label"])
    first, second = (
        in_sentence(" ".join(labels[value].split())).removeprefix("the ") for value in values
    )
    return first, second
