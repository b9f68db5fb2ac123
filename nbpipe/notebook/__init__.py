"""Reading notebooks in all their forms."""
