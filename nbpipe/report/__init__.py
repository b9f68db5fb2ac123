"""Results as text, JSON and more."""
