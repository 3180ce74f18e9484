"""How pages of the panel say levels."""
