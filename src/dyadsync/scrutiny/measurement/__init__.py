"""How far a dyad's synchrony can be trusted: chance, sampling error, reliability."""
