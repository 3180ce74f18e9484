"""Evidence and ratings in, estimates with intervals out; never sees text.

Behaviour evidence: :func:`fit_norms` freezes what people do, :func:`estimate` compares people with it,
:func:`what_would_change` says what would move a number. The method is written down in ``docs/method/estimation.md``.
"""

from poise.estimation.counterfactuals import what_would_change
from poise.estimation.detector_error import HAND_CODED, DetectorAccuracy
from poise.estimation.estimates import REASONS, UNMEASURED, Estimated, estimate
from poise.estimation.fitting import fit_norms
from poise.estimation.norms import Norms, NormsError

__all__ = [
    "HAND_CODED",
    "REASONS",
    "UNMEASURED",
    "DetectorAccuracy",
    "Estimated",
    "Norms",
    "NormsError",
    "estimate",
    "fit_norms",
    "what_would_change",
]
