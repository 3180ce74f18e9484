"""Django app ``knowledge``."""
