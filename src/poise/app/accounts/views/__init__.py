"""Pages of accounts: signing in by link, one's own account, administration, and failures."""
