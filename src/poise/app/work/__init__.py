"""Background work: jobs with a lease, so that what a killed worker left is taken up again."""
