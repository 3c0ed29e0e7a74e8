"""Rules by which Grafana tells a pilot's leader of devices and of alarms that wait.

They are technical notices: late, lost with a mail server, and never a link of the alarm chain.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from api.grafana import dashboards
from api.grafana.parts.dashboard import Dashboard
from api.grafana.parts.limits import names_target
from api.grafana.parts.query import API, NUMBER, PILOT, PILOTS, SHOWN_TIMES, TEXT, Query, query
from api.languages import Language
from api.wording import Wording
from pilots.plan import Plan

_LONGEST_UID: Final = 40


@dataclass(frozen=True, slots=True)
class Rule:
    """One notice. Each row of the answer is an instance: its texts are the labels, and it fires while the
    number `asked` lies on the `wrong` side of `limit` for as long as `lasts`. It leads to the dashboard
    `shown_in`."""

    name: str
    shown_in: str
    path: str
    asked: str
    wrong: Literal["gt", "lt"]
    limit: float
    lasts: str
    texts: Sequence[str] = ("device",)
    params: Mapping[str, str] = field(default_factory=dict)
    over_s: int = 86_400

    def question(self, pilot: str) -> Query:
        """What is asked of our API, in one number a row."""
        columns = [(text, text, TEXT) for text in self.texts]
        return query(
            "A",
            f"{PILOTS}/{pilot}{self.path}",
            [*columns, (self.asked, self.asked, NUMBER)],
            where=f"{self.asked} != null",
            params=self.params,
        )


_SINCE: Final = {"start": SHOWN_TIMES["start"]}
"""Up to now, or to the end of a pilot that is over: its devices are not silent, they rest."""

_SILENT: Final = Rule(
    "silent",
    shown_in="pilotbed-quality",
    path="/quality",
    # Two hours, and longer for those that report seldom: what the pages call silent.
    asked="silent_over_minutes",
    wrong="gt",
    limit=0.0,
    lasts="10m",
)
_COVERAGE: Final = Rule(
    "coverage",
    shown_in="pilotbed-quality",
    path="/quality",
    asked="coverage",
    wrong="lt",
    limit=0.70,
    lasts="1d",
    params=_SINCE,
    over_s=7 * 86_400,
)
_UNANSWERED: Final = Rule(
    "unanswered",
    shown_in="pilotbed-response",
    path="/alarms",
    asked="over_target_s",
    wrong="gt",
    limit=0.0,
    lasts="0s",
    # None of them changes while the alarm waits: with other labels it would be another notice.
    texts=("device", "alarm", "raised"),
    # One whose end was never told stays open for good, and nobody could end the notice.
    params={"unanswered": "true", **_SINCE},
    over_s=7 * 86_400,
)


def rules_of(plan: Plan) -> tuple[Rule, ...]:
    """The rules of a pilot: of alarms only where its own plan says within what time they are acknowledged.

    So `plan` is to be read from its text.
    """
    says = names_target(plan, "acknowledge_s")
    return (_SILENT, _COVERAGE, _UNANSWERED) if says else (_SILENT, _COVERAGE)


def alerting(plan: Plan, language: Language, org: int, address: str | None = None) -> dict[str, Any]:
    """The provisioning file of a pilot's rules, and of the contact point that gets them.

    `address` is an e-mail address, by default the plan's leader; where there is neither, Grafana's own
    default contact point gets the notices.
    """
    wording = Wording(language, plan.zone)
    drawn = dashboards(language, plan)
    to = address or (plan.leader if plan.leader and "@" in plan.leader else None)
    receiver = None if to is None else f"pilotbed {plan.pilot}"
    group = {
        "orgId": org,
        "name": plan.pilot,
        # Grafana makes rules before dashboards, and their folder by its title alone: sharing that of the
        # dashboards, which has a uid, they would make it twice.
        "folder": wording.text("grafana.notices.folder"),
        "interval": "5m",
        "rules": [
            _rule(each, plan, wording, receiver) | _panel(each, drawn[each.shown_in])
            for each in rules_of(plan)
        ],
    }
    if receiver is None:
        return {"apiVersion": 1, "groups": [group]}
    settings = {"addresses": to, "singleEmail": True}
    point = {"uid": uid(plan.pilot, "leader"), "type": "email", "settings": settings}
    return {
        "apiVersion": 1,
        "contactPoints": [{"orgId": org, "name": receiver, "receivers": [point]}],
        "groups": [group],
    }


def uid(pilot: str, name: str) -> str:
    """What Grafana knows a pilot's rule or contact point by: 40 characters at most, so a long name is cut and
    told apart by a digest."""
    whole = f"pb-{pilot}-{name}"
    if len(whole) <= _LONGEST_UID:
        return whole
    digest = hashlib.sha256(pilot.encode()).hexdigest()[:8]
    room = _LONGEST_UID - len(f"pb--{digest}-{name}")
    return f"pb-{pilot[:room]}-{digest}-{name}"


def _panel(rule: Rule, dashboard: Dashboard) -> dict[str, Any]:
    """The panel that a notice leads to: the list of the same answer."""
    wanted = {"device", rule.asked}
    found = next(
        panel["id"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
        if target["url"] == f"{PILOT}{rule.path}"
        and wanted <= {column["selector"] for column in target["columns"]}
    )
    return {"dashboardUid": dashboard["uid"], "panelId": found}


def _rule(rule: Rule, plan: Plan, wording: Wording, receiver: str | None) -> dict[str, Any]:
    def told(part: str) -> str:
        return wording.text(f"grafana.notices.{rule.name}.{part}", **_PLACES)

    made: dict[str, Any] = {
        "uid": uid(plan.pilot, rule.name),
        "title": f"{wording.text(f'grafana.notices.{rule.name}.title')} · {plan.pilot}",
        "condition": "B",
        "for": rule.lasts,
        # No row is no trouble; an API that does not answer is an error, and told.
        "noDataState": "OK",
        "execErrState": "Error",
        "labels": {"pilot": plan.pilot, "notice": "technical"},
        "annotations": {
            "summary": told("summary"),
            "description": f"{told('action')} {wording.text('grafana.notices.not_the_alarm_chain')}",
        },
        "data": [
            {
                "refId": "A",
                "datasourceUid": API["uid"],
                "relativeTimeRange": {"from": rule.over_s, "to": 0},
                "model": rule.question(plan.pilot),
            },
            {
                "refId": "B",
                "datasourceUid": "__expr__",
                "relativeTimeRange": {"from": 0, "to": 0},
                "model": {
                    "refId": "B",
                    "type": "threshold",
                    "expression": "A",
                    "datasource": {"type": "__expr__", "uid": "__expr__"},
                    "conditions": [{"evaluator": {"type": rule.wrong, "params": [rule.limit]}}],
                },
            },
        ],
    }
    if receiver is not None:
        made["notification_settings"] = {"receiver": receiver, "repeat_interval": "12h"}
    return made


_PLACES: Final = {
    "device": "{{ .Labels.device }}",
    "raised": '{{ reReplaceAll "[TZ]" " " .Labels.raised }}UTC',
    "number": '{{ printf "%.0f" .Values.A.Value }}',
    "share": "{{ humanizePercentage .Values.A.Value }}",
}
"""What Grafana fills in when it writes."""
