"""Accuracy figures and what they add."""

import pytest

from poise.estimation.detector_error import HAND_CODED, Accuracy, DetectorAccuracy

CELLS = [("en", "call", "", "", ""), ("en", "chat", "", "", ""), ("he", "chat", "", "", "")]


def test_the_closest_row_holds_and_others_are_assumed() -> None:
    figures = DetectorAccuracy(
        name="x",
        rows=[
            Accuracy("b", precision=0.9, recall=0.9, hits=100, acts=100),
            Accuracy("b", language="en", precision=0.95, recall=0.9, hits=100, acts=100),
            Accuracy("b", language="en", channel="call", precision=0.7, recall=0.9, hits=100, acts=100),
        ],
    )
    found = figures.widening("b", "share", 0.5, CELLS)
    assert [found[k].precision for k in (("en", "call"), ("en", "chat"), ("he", "chat"))] == [0.7, 0.95, 0.9]
    assert not any(w.assumed for w in found.values())
    other = figures.widening("other", "share", 0.5, CELLS)["he", "chat"]
    assert other.assumed and other.precision == 0.8


def test_fewer_labels_and_more_error_widen_more() -> None:
    def width(precision: float, recall: float, n: int) -> tuple[float, float]:
        row = Accuracy("b", precision=precision, recall=recall, hits=n, acts=n)
        w = DetectorAccuracy(name="x", rows=[row]).widening("b", "share", 0.4, CELLS[:1])["en", "call"]
        return w.compared, w.absolute

    assert width(0.95, 0.95, 1000) < width(0.8, 0.95, 1000) < width(0.6, 0.95, 1000)
    assert width(0.9, 0.9, 1000)[1] < width(0.9, 0.9, 20)[1]
    # A biased detector (finds half) leaves the rate itself far more open than comparisons.
    compared, absolute = width(0.99, 0.5, 1000)
    assert absolute > 2 * compared
    # Ten of ten judged right is no perfect detector.
    assert width(1.0, 1.0, 10)[0] > 0


def test_measures_and_hand_coded_evidence_get_nothing() -> None:
    figures = DetectorAccuracy(name="x")
    assert figures.widening("b", "measure", 3.0, CELLS)["en", "chat"][:2] == (0.0, 0.0)
    assert HAND_CODED.widening("b", "share", 0.5, CELLS)["en", "chat"][:2] == (0.0, 0.0)
    assert HAND_CODED.widening("b", "count", 0.5, CELLS)["en", "chat"][:2] == (0.0, 0.0)


def test_sensitivity_and_specificity_become_precision_at_the_rate() -> None:
    """True share .3, sensitivity .9, specificity .8: detected .3 x .9 + .7 x .2 = .41, precision .27 / .41."""
    row = Accuracy("b", sensitivity=0.9, specificity=0.8, acts=100, others=200)
    precision, recall, _, _ = row.at(0.41)
    assert precision == pytest.approx(0.27 / 0.41)
    assert recall == 0.9


def test_near_certain_rates_do_not_explode() -> None:
    figures = DetectorAccuracy(name="x")
    for rate in (0.0, 0.001, 0.999, 1.0):
        w = figures.widening("b", "share", rate, CELLS)["en", "call"]
        assert 0 < w.compared < 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"name": "x", "rows": [{"behaviour": "b", "precision": 1.2, "recall": 0.5}]}', "0..1"),
        ('{"name": "x", "rows": [{"behaviour": "b", "precision": 0.9}]}', "give precision and recall"),
        ('{"name": "x", "rows": [{"behaviour": "b", "precision": 0.9, "specificity": 0.5}]}', "give precision"),
        ('{"name": "x", "rows": [{"behaviour": "b", "precison": 0.9, "recall": 0.5}]}', "precison"),
        ("nonsense", "detector accuracy"),
    ],
)
def test_wrong_files_are_refused_by_name(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        DetectorAccuracy.from_json(text)


def test_figures_survive_their_file() -> None:
    figures = DetectorAccuracy(name="x", rows=[Accuracy("b", language="en", precision=0.9, recall=0.8, hits=9, acts=8)])
    assert DetectorAccuracy.from_json(figures.to_json()) == figures
