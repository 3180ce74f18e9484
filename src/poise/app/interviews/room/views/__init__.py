"""Pages of the interview room, and the way by which a browser sends what was noted without a connection."""
