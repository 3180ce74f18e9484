"""Tables in, hits, opportunities and measures out; no input or output of its own."""
