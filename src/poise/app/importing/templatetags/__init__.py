"""How pages about imports say what was refused."""
