"""Studies of many kinds, simulated in the dress of a package, as if they were measured."""

import json
from dataclasses import replace

from dyadsync import Design, simulate_study, write_study
from dyadsync.study.description import DESCRIPTOR
from tests.data_packages import column
from tests.unusual_packages import KINDS, Kind, write

SIBLINGS = Kind("Mood", "", ("Sister", "Brother"), "Envy", "Quarrels", low=0, phases=None)
HUSBANDS = Kind(
    "Closeness", "points", ("husband A", "husband B"), "Worry", "Contentment", "higher", phases=None
)
HOSTILE = Kind(
    '<b>"OT"</b> & *x*',
    "$\\mu$/`l`",
    ("[A](javascript:alert(1))", "שלום עולם"),
    "=HYPERLINK(1)",
    "{eval}`1/0` | " + "very long " * 18,
    "higher",
    group="#1 <script>alert(1)</script>",
)
JAPANESE = KINDS["far"]


def simulated(folder, kind, design=None, *, alike=False, seed=1):
    """Write a package of a kind, with the dyads of a design and none of its words.

    Parameters
    ----------
    alike
        Whether the two persons of a dyad cannot be told apart.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = json.loads((write(folder, kind) / DESCRIPTOR).read_text(encoding="utf-8"))
    if alike:
        column(descriptor, "one", "k2")["dyadsync:distinguishable"] = False
    study = simulate_study(design or Design(), seed, descriptor)
    measured = {k: v for k, v in study.descriptor.items() if k != "dyadsync:simulation"}
    write_study(replace(study, descriptor=measured), folder)
    return folder
