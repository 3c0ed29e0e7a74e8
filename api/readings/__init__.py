"""Raw readings on their way out: a page of them, thinned for a chart, as columns."""
