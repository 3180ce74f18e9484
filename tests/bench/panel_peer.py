"""RaschPy's many-facet model on one panel, in RaschPy's own environment.

Reads the ``.npz`` file given, prints one line of JSON. Seconds are those of calibration and of persons' abilities; the
wide table that RaschPy wants is made outside them. Run by ``poise.validation.panel_bench``; knows nothing of Poise.
"""

import json
import resource
import sys
import time

import numpy as np
import pandas as pd
from raschpy import MFRM


def main(path: str) -> None:
    with np.load(path) as found:
        panel = pd.DataFrame({name: found[name] for name in ("person", "rater", "item", "score")})
        severity = found["severity"]
    wide = panel.pivot_table(index=["rater", "person"], columns="item", values="score")
    wide.index.names = ["Rater", "Person"]
    wide.columns = [f"item {code}" for code in wide.columns]
    began = time.perf_counter()
    model = MFRM(wide, max_score=int(panel["score"].max()))
    model.calibrate(model="global")
    seconds = time.perf_counter() - began
    found = pd.Series(model.raters_global).sort_index()  # without raters of too few people
    estimate, severity = found.to_numpy(dtype=float), severity[found.index.to_numpy(dtype=int)]
    error = estimate - estimate.mean() - severity + severity.mean()
    print(
        json.dumps(
            {
                "seconds": seconds,
                "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                "severity_r": float(np.corrcoef(estimate, severity)[0, 1]),
                "severity_rmse": float(np.sqrt((error**2).mean())),
                "converged": True,
            }
        )
    )


main(sys.argv[1])
