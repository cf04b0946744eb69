"""Pages of the procedures: a page is a function is a template."""
