"""The folder that Grafana is provisioned from: what lies in it, and how it is written."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from api.grafana.errors import GrafanaError
from api.grafana.provisioning import suffix

_HEAD: Final = (
    "# Written by `pilotbed grafana build`, which writes it anew: make changes in a file of your own.\n"
)


@dataclass(frozen=True, slots=True)
class Written:
    """Paths below the folder, in the order of their names."""

    written: Sequence[str]
    unchanged: Sequence[str]
    removed: Sequence[str]


def write_files(
    folder: Path,
    org: int,
    *,
    datasources: Mapping[str, Any],
    providers: Mapping[str, Any],
    alerting: Mapping[str, Any] | None,
    dashboards: Mapping[str, Mapping[str, Any]],
) -> Written:
    """Bring the files of an organisation in `folder` up to date; nobody else's are touched.

    Each file is there whole, before and after, and readable to others: Grafana is another user and looks
    again every half minute. Without `alerting`, rules that were written before are struck from Grafana.
    """
    name = f"pilotbed{suffix(org)}"
    notices = f"provisioning/alerting/{name}.yaml"
    texts = {
        f"provisioning/datasources/{name}.yaml": _yaml(datasources),
        f"provisioning/dashboards/{name}.yaml": _yaml(providers),
        **{f"dashboards{suffix(org)}/{stem}.json": _json(each) for stem, each in dashboards.items()},
    }
    struck = _struck(folder / notices, alerting or {}, org)
    if alerting or struck:
        texts[notices] = _yaml({**(alerting or {"apiVersion": 1}), **struck})
    return _brought_up_to_date(folder, f"{name}.json", texts)


def _brought_up_to_date(folder: Path, listing: str, texts: Mapping[str, str]) -> Written:
    """`listing` names what was written: only that is removed again."""
    _make(folder)
    stale = [name for name in _listed(folder / listing) if name not in texts and _within(folder, name)]
    changed = sorted(name for name, text in texts.items() if _text(folder / name) != text)
    removed = sorted(name for name in stale if (folder / name).exists())
    # Listed before they are written: a run that is cut short leaves nothing that the next does not know.
    _put(folder, listing, _json(sorted({*texts, *removed})))
    for name in changed:
        _put(folder, name, texts[name])
    for name in removed:
        (folder / name).unlink()
    _put(folder, listing, _json(sorted(texts)))
    return Written(changed, sorted(set(texts) - set(changed)), removed)


def _struck(file: Path, alerting: Mapping[str, Any], org: int) -> dict[str, Any]:
    """Rules and contact points to delete: those the file had and has no more.

    Grafana keeps what it was once provisioned with until a file says to delete it.
    """
    try:
        before = yaml.safe_load(_text(file) or "") or {}
    except yaml.YAMLError as error:
        raise GrafanaError(
            f"{file} is no YAML: repair it, or Grafana keeps the rules it once held"
        ) from error
    try:
        gone = {
            "deleteRules": _rules(before) - _rules(alerting),
            "deleteContactPoints": _receivers(before) - _receivers(alerting),
        }
    except (AttributeError, KeyError, TypeError) as error:
        raise GrafanaError(
            f"{file} holds no rules as Grafana has them: repair it, or Grafana keeps those it once held"
        ) from error
    return {key: [{"orgId": org, "uid": uid} for uid in sorted(uids)] for key, uids in gone.items() if uids}


def _rules(alerting: Mapping[str, Any]) -> set[str]:
    known = {rule["uid"] for group in alerting.get("groups", ()) for rule in group["rules"]}
    return known | {each["uid"] for each in alerting.get("deleteRules", ())}


def _receivers(alerting: Mapping[str, Any]) -> set[str]:
    known = {each["uid"] for point in alerting.get("contactPoints", ()) for each in point["receivers"]}
    return known | {each["uid"] for each in alerting.get("deleteContactPoints", ())}


def _listed(file: Path) -> list[str]:
    text = _text(file)
    try:
        found: Any = [] if text is None else json.loads(text)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise GrafanaError(
            f"{file} is no list of files in JSON: remove it, and any dashboards of ours that are out of date"
        )
    return found


def _within(folder: Path, name: str) -> bool:
    return (folder / name).resolve().is_relative_to(folder.resolve())


def _text(file: Path) -> str | None:
    return file.read_text(encoding="utf-8") if file.exists() else None


def _put(folder: Path, name: str, text: str) -> None:
    path = folder / name
    if _text(path) == text:
        return
    _make(path.parent)
    # Beside the folders that Grafana reads: it stops at a file there whose ending it does not know.
    handle, made = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(made).chmod(0o644)
        Path(made).replace(path)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise


def _make(folder: Path) -> None:
    """For others to enter too, whatever this user gives away otherwise."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir()
        folder.chmod(0o755)


def _json(value: Mapping[str, Any] | Sequence[str]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def _yaml(value: Mapping[str, Any]) -> str:
    return _HEAD + yaml.safe_dump(dict(value), allow_unicode=True, sort_keys=False, width=1000)
