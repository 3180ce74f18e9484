"""How dates and times are written where Django's own locale would not do: one folder per language."""
