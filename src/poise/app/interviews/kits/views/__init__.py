"""Pages of the kits: the list, the editing of a draft, reading and printing."""
