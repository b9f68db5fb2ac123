"""Run notebook and pipeline, and compare."""

from nbpipe.verify.environment import environment
from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.verification import verify

__all__ = ["VerifyOptions", "environment", "verify"]
