"""Who signs in, what for, and by what proof."""
