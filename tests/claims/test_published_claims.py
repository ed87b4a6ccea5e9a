"""Claims that chapters have published."""

import math

from dyadsync.claims.published_claims import read_claims
from dyadsync.claims.verdict import claims_table, judge


def test_published_claims_come_back_as_they_were(tmp_path):
    claims = [judge("b", "HC3", 1 / 3, 0.1, 2 / 3), judge("a", "HC3", math.nan, math.nan, math.nan)]
    claims_table(claims).to_csv(tmp_path / "claims.csv", index=False)
    first, second = read_claims(tmp_path)
    assert first == claims[0]
    assert (second.id, second.verdict) == ("a", "inconclusive")
    assert math.isnan(second.estimate)


def test_the_main_claims_come_before_those_of_the_replication(tmp_path):
    claims_table([judge("a", "bootstrap", -1, -2, 1)]).to_csv(
        tmp_path / "claims_robust.csv", index=False
    )
    claims_table([judge("a", "least squares", -1, -2, -1)]).to_csv(
        tmp_path / "claims.csv", index=False
    )
    assert [claim.method for claim in read_claims(tmp_path)] == ["least squares", "bootstrap"]
