"""Evidence and ratings in, estimates with intervals out; never sees text."""
