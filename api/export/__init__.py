"""A pilot's data as a folder that can be read in twenty years: tables, their dictionary, and checksums."""

from api.export.package import write_package, zipped_package

__all__ = ["write_package", "zipped_package"]
