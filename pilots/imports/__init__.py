"""What staff already record, from the files that other systems give: visits, scores, weighings, events."""

from pilots.imports.import_map import ImportMap, read_map
from pilots.imports.rows import KINDS, Cells, read_rows
from pilots.imports.table import Line, read_table

__all__ = ["KINDS", "Cells", "ImportMap", "Line", "read_map", "read_rows", "read_table"]
