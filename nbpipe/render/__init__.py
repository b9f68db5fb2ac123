"""From the plan to the text of a project, and to files."""
