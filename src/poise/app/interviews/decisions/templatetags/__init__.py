"""Tags of the decisions pages."""
