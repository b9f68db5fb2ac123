"""What every statement does, and what binds the statements together."""
