"""A pilot's rules and their contact point in a Grafana, by its provisioning API.

What came that way nobody can change in Grafana's interface, so it is ours; what did not, is somebody's.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from api.grafana.provisioning import FOLDER
from api.grafana.push.answers import asking, found
from api.grafana.push.differences import differences
from api.grafana.push.pushing import FROM_FILES, Outcome, Push

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def push_contact_point(push: Push, ours: Mapping[str, Any]) -> Outcome:
    """Bring who gets the notices up to date."""
    alerting, name = push.grafana.alertingprovisioning, ours["name"]
    with asking("read contact points"):
        named = alerting.get_contactpoints(name=name) or []
    theirs = next((each for each in named if each.get("uid") == ours["uid"]), None)
    if theirs is None:
        return push.done(
            Outcome("contact point", name, "create"), lambda: alerting.create_contactpoint(dict(ours))
        )
    return _brought_up_to_date(
        push,
        Outcome("contact point", name, "update", tuple(differences(theirs, ours))),
        {theirs.get("provenance", "")},
        lambda: alerting.update_contactpoint(ours["uid"], dict(ours)),
    )


def push_rules(push: Push, group: Mapping[str, Any], org: int) -> Outcome:
    """Bring a pilot's rules up to date, as one group: a rule that is no longer ours goes."""
    alerting, folder, name = push.grafana.alertingprovisioning, FOLDER["uid"], group["name"]
    ours = _as_sent(group, org)

    def write() -> object:
        return alerting.update_rule_group(folder, name, ours)

    theirs = found("read rules", lambda: alerting.get_rule_group(folder, name))
    if theirs is None or not theirs.get("rules"):
        return push.done(Outcome("rules", name, "create"), write)
    return _brought_up_to_date(
        push,
        Outcome("rules", name, "update", tuple(differences(theirs, ours))),
        {rule.get("provenance", "") for rule in theirs["rules"]},
        write,
    )


def _brought_up_to_date(push: Push, update: Outcome, whose: set[str], write: Callable[[], object]) -> Outcome:
    if not update.differences:
        return Outcome(update.kind, update.name, "unchanged")
    if not whose <= {"", "api"}:
        return _refused(update, FROM_FILES)
    if "" in whose and not push.force:
        return _refused(
            update, "made or changed in Grafana, which does not say by whom: --force puts ours in its place"
        )
    return push.done(update, write)


def _refused(update: Outcome, why: str) -> Outcome:
    return Outcome(update.kind, update.name, "refuse", update.differences, why)


def _as_sent(group: Mapping[str, Any], org: int) -> dict[str, Any]:
    """A group of the provisioning file as the provisioning API takes it."""
    number, unit = int(group["interval"][:-1]), group["interval"][-1]
    place = {"orgID": org, "folderUID": FOLDER["uid"], "ruleGroup": group["name"]}
    return {
        "title": group["name"],
        "folderUid": FOLDER["uid"],
        "interval": number * _SECONDS[unit],
        "rules": [{**_rule_as_sent(rule), **place} for rule in group["rules"]],
    }


def _rule_as_sent(rule: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in rule.items() if key not in ("dashboardUid", "panelId")}
    # Said even where there are none, or those of before would stay.
    kept = {"notification_settings": None, **kept}
    panel = {"__dashboardUid__": rule["dashboardUid"], "__panelId__": str(rule["panelId"])}
    return {**kept, "annotations": {**rule["annotations"], **panel}}
