"""Every figure of the book: one message each, readable in grey, the data shown.

A module a chapter, and `dyadsync.figures.style` for the look. Functions take what the science
returns and give the axes back. Colours are from the colour-blind-safe palette of Okabe & Ito
(2008); shape or position always says the same again.
"""
