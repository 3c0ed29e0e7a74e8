"""`pilotbed export`: a folder to take along, the same with and without a running service."""

from pathlib import Path

from tests.running import Installation


def test_the_folder_is_the_same_with_and_without_a_running_service(
    filled: Installation, tmp_path: Path
) -> None:
    filled.run("export", "natt", "-o", str(tmp_path / "without"))
    with filled.up():
        told = filled.json("export", "natt", "-o", str(tmp_path / "with"))
    sums = [(tmp_path / each / "SHA256SUMS").read_bytes() for each in ("without", "with")]
    assert sums[0] == sums[1]
    there = {path.relative_to(tmp_path / "with").as_posix() for path in (tmp_path / "with").rglob("*.*")}
    assert set(told["files"]) - {"SHA256SUMS"} == there


def test_what_is_passed_on_holds_groups_only(filled: Installation, tmp_path: Path) -> None:
    told = filled.json("export", "natt", "-o", str(tmp_path / "groups"), "--groups-only")
    assert "data/group_values.csv" in told["files"]
    assert not [name for name in told["files"] if "participants" in name or "daily" in name]


def test_a_folder_that_holds_something_is_refused(filled: Installation, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    refused = filled.run("export", "natt", "-o", str(tmp_path), exit_code=1)
    assert "is not empty: give a folder of its own" in refused.stderr


def test_an_unknown_pilot_leaves_no_folder(filled: Installation, tmp_path: Path) -> None:
    refused = filled.run("export", "nobody", "-o", str(tmp_path / "new"), exit_code=1)
    assert 'there is no pilot "nobody"' in refused.stderr
    assert not (tmp_path / "new").exists()
