"""Training of the parts that are not written by hand: recipes, labelled rows, fitting, and the static student."""
