"""Those whose work is looked at: who they are, what the evidence is, and the frozen estimates."""
