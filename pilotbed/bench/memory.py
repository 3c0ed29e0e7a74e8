"""Memory of a process and everything it started, with pages that several share counted once."""

from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def process_tree_bytes(root: int) -> int | None:
    """Sum of the proportional set sizes (PSS) of `root` and its descendants; None where `/proc` is not."""
    if not PROC.exists():
        return None
    return sum(_proportional_bytes(pid) for pid in _tree(root))


def _tree(root: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for status in PROC.glob("[0-9]*/stat"):
        try:
            # The second field is the program's name in parentheses, which may itself hold some.
            fields = status.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += children.get(pid, [])


def _proportional_bytes(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return 0  # it has ended meanwhile
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
