"""The stages of the notebook."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
