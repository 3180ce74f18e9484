"""Pages of conversations and of contests."""
