"""The frozen values that the layers hand to each other. Standard library only."""
