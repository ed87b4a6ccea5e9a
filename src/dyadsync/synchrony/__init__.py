"""One number per dyad: how the two persons' changes over the sessions go together."""
