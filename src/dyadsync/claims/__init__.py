"""The paper's claims: the rule that judges them, and the results that chapters publish."""
