"""The stages: one module each, with a function named as the stage and, where there is something to look at, a report."""
