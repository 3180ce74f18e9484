"""Calibration: raters train on anchored practice answers before they rate."""
