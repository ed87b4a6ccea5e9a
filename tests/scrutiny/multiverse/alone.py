"""One analysis of a multiverse by `mediate`, with nothing shared."""

from dyadsync import mediate
from dyadsync.scrutiny.multiverse.choices import choices_of
from dyadsync.scrutiny.multiverse.ingredients import (
    SYNCHRONY_CHOICES,
    Ingredients,
    analysis_columns,
)


def one_analysis(study, spec, **options):
    """Run a row of `specifications`; a choice it does not name is the default one."""
    chosen = {name: spec.get(name, choice.default) for name, choice in choices_of(study).items()}
    synchrony = tuple(chosen[name] for name in SYNCHRONY_CHOICES)
    table = Ingredients.of(study).table(synchrony, chosen["outcome"])
    return mediate(table, **analysis_columns(chosen), **options)
