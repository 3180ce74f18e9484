"""How pages about people say numbers and codes."""
