"""Tables of results in; charts, pages and terminal arguments out."""
