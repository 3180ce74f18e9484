"""A home that shows Poise at work: the invented sample, a hiring round in mid-flight, and an account for each role."""
