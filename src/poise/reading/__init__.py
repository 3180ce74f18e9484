"""Files of every source format in, the tables of :mod:`poise.model` out."""
