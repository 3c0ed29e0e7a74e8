"""Model mappings: which field of which model of device is which column, in which unit; data, not code."""
