"""Pages of campaigns, candidates and schedules."""
