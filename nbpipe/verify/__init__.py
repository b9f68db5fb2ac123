"""Run notebook and pipeline, and compare."""
