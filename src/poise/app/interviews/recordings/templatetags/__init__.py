"""Tags of the recordings pages."""
