"""Facts about libraries, as tables: Python here only loads them."""
