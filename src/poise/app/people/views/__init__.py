"""Pages about people: the team, one person, and the names that people go by."""
