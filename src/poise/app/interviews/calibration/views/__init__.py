"""Pages of the calibration room: practising, and who is calibrated."""
