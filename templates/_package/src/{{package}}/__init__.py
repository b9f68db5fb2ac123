"""A pipeline: its stages are in `stages`, what connects them is in `pipeline`."""
