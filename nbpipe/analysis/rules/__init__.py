"""What a reviewer would remark on: one rule a file."""
