"""A packed multiverse as a reader's browser unpacks it."""

import base64
import math
import zlib
from itertools import product

import numpy as np
import pandas as pd


def unpacked(packed):
    """Give a row per combination, in the order of the grid: its options as text, ``reason`` (empty
    where the analysis exists); for each effect ``_estimate _ci_lower _ci_upper`` in standard
    deviations; ``unit``, what takes an indirect effect to the outcome's own unit; ``sd``, whether
    the paths are in standard deviations; ``n``, dyads.
    """
    options = [fork["options"] for fork in packed["forks"]]
    shape = tuple(len(one) for one in reversed(options))
    content = zlib.decompress(base64.b64decode(packed["packed"]), wbits=-15)
    why = np.frombuffer(content, np.uint8, math.prod(shape))
    there = (why == 0).reshape(shape)
    n, start = int(there.sum()), why.size
    kept, step = {}, {}
    for column in packed["columns"]:
        low, high = np.frombuffer(content, np.uint8, 2 * n, start).astype(np.int64).reshape(2, n)
        folded = low + 256 * high
        grid = np.zeros(shape, np.int64)
        grid[there] = (folded >> 1) ^ -(folded & 1)
        for axis in column["along"]:
            grid = np.cumsum(grid, axis=axis)
        step[column["name"]] = column["step"]
        kept[column["name"]] = grid[there] * column["step"]
        start += 2 * n
    rows = [one[::-1] for one in product(*reversed(options))]
    table = pd.DataFrame(rows, columns=[fork["name"] for fork in packed["forks"]])
    table["reason"] = np.array(["", *packed["reasons"]], dtype=object)[why]
    of_paths = kept["a_estimate"] * kept["b_estimate"] / step["acme_estimate"]
    kept["acme_estimate"] += np.floor(of_paths + 0.5) * step["acme_estimate"]
    shown = why == 0
    for effect in ("a", "b", "acme"):
        estimate, skew = kept[f"{effect}_estimate"], kept[f"{effect}_skew"]
        width = np.exp(kept[f"{effect}_width"])
        table.loc[shown, f"{effect}_estimate"] = estimate
        table.loc[shown, f"{effect}_ci_lower"] = estimate - (width - skew) / 2
        table.loc[shown, f"{effect}_ci_upper"] = estimate + (width + skew) / 2
    table.loc[shown, "unit"] = np.exp(kept["unit"])
    table.loc[shown, "sd"] = kept["sd"]
    table.loc[shown, "n"] = kept["n"]
    return table
