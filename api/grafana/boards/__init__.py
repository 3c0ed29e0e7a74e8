"""The dashboards, one a module: what each shows, row by row."""
