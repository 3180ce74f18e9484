"""Django app ``audit``."""
