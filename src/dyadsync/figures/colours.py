"""The book's colours, apart from what draws with them: pages use them, too."""

PATIENT, THERAPIST = "#0072B2", "#D55E00"
INK, QUIET, ACCENT = "#333333", "#999999", "#009E73"
