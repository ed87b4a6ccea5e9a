"""Mediation by latent synchrony: the sampling error of a correlation, modelled exactly."""
