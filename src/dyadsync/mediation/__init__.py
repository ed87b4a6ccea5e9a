"""Mediation: how much of the effect of x on y goes through m.

Every method is a way to draw the coefficients of the mediator and the outcome model (`methods`);
every effect is one vectorised function of those draws (`effects`).
"""
