"""Run notebook and pipeline, and compare."""

from nbpipe.verify.options import VerifyOptions
from nbpipe.verify.verification import verify

__all__ = ["VerifyOptions", "verify"]
