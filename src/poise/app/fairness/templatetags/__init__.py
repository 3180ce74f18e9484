"""How pages about fairness say figures and codes."""
