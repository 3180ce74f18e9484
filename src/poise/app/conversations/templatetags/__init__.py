"""What the templates of conversations use."""
