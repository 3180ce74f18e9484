"""Tags of the kits pages."""
