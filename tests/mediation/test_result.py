"""What a result says, as a table and in words."""

from dyadsync.mediation.mediate import mediate
from tests.reference_tables import dyads


def test_proportion_mediated_is_flagged_where_it_means_nothing():
    result = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1)
    assert result.table.loc["Total effect", "ci_upper"] > 0
    assert not result.prop_mediated_meaningful
    assert any("proportion mediated" in note for note in result.notes)


def test_result_prints_as_text_and_html():
    result = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1, covariates=["c"])
    for text in (repr(result), result._repr_html_()):
        for part in ("ACME", "95% CI", "n = 37", "adjusted for c"):
            assert part in text


def test_contrast_is_printed_without_digits_that_mean_nothing():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, contrast=(-1.1657523, 100.0))
    assert "x from -1.166 to 100;" in repr(result)


def test_caption_says_how_the_draws_were_made():
    options = {"n_draws": 200, "rng": 1}
    assert "200 t draws" in repr(mediate(dyads(37), "x", "m", "y", small_sample=True, **options))
    assert "HC3 standard errors" in repr(mediate(dyads(37), "x", "m", "y", vcov="HC3", **options))
    assert "in 6 clusters" in repr(
        mediate(dyads(37), "x", "m", "y", cluster="therapist", **options)
    )


def test_confidence_level_is_printed_as_it_is():
    result = mediate(dyads(37), "x", "m", "y", n_draws=200, rng=1, confidence_level=0.975)
    assert "97.5% CI" in repr(result)
    assert "97.5% CI" in result.report()


def test_small_effects_keep_their_digits():
    data = dyads(37)
    text = repr(mediate(data.assign(y=data["y"] / 1e4), "x", "m", "y", n_draws=200, rng=1))
    assert "-1.35e-05" in text


def test_report_is_one_sentence_with_estimate_interval_and_p():
    report = mediate(dyads(37), "x", "m", "y", n_draws=1000, rng=1).report()
    assert report.startswith("The indirect effect of x on y through m was -0.135, 95% CI [")
    assert "1,000 draws, n = 37)." in report
