"""The panel: ratings judged after all have submitted, and candidates compared."""
