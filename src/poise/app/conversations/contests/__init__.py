"""What people say is wrong in what was found, what reviewers decide, and what follows from it."""
