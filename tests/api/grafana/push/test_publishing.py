"""A push into a Grafana: a stand-in that answers by HTTP as Grafana does; Grafana itself is not run here."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest

from api.grafana.alerts import alerting
from api.grafana.errors import GrafanaError
from api.grafana.push.publishing import Content, connect, publish
from api.grafana.push.pushing import Outcome
from api.grafana.push.source import ApiAccess
from pilots.plan import demo_plan_text, read_plan
from tests.grafana_server import TOKEN, GrafanaServer, grafana_server

PLAN = read_plan(demo_plan_text())
BED = {"uid": "pilotbed-bed", "title": "Säng", "panels": [{"id": 1, "title": "Vikt", "type": "timeseries"}]}
GPS = {"uid": "pilotbed-gps", "title": "GPS", "panels": [{"id": 1, "title": "Tid ute", "type": "stat"}]}
DASHBOARDS = {each["uid"]: each for each in (BED, GPS)}
RULES = alerting(PLAN, "sv", 1)
WHOLE = Content(DASHBOARDS, RULES, ApiAccess("http://api:8000", "for-the-api"))


@pytest.fixture
def grafana() -> Iterator[GrafanaServer]:
    with grafana_server() as server:
        yield server


def pushed(grafana: GrafanaServer, content: Content = WHOLE, **options: bool) -> list[Outcome]:
    return list(publish(connect(grafana.url, TOKEN), content, **options))


def only(outcomes: list[Outcome], action: str) -> Outcome:
    [outcome] = [each for each in outcomes if each.action == action]
    return outcome


def redrawn(**changes: Any) -> Content:
    """What we would push after the bed's dashboard has changed with us."""
    return Content(DASHBOARDS | {"pilotbed-bed": BED | changes})


def test_an_empty_grafana_gets_it_all(grafana: GrafanaServer) -> None:
    assert [(each.kind, each.action) for each in pushed(grafana)] == [
        ("folder", "create"),
        ("data source", "create"),
        ("dashboard", "create"),
        ("dashboard", "create"),
        ("contact point", "create"),
        ("rules", "create"),
    ]
    assert grafana.folders["pilotbed"]["title"] == "Pilotbed"
    assert grafana.dashboards["pilotbed-bed"]["panels"] == BED["panels"]
    assert grafana.secrets["pilotbed-api"]["bearerToken"] == "for-the-api"
    [group] = grafana.groups.values()
    assert group["interval"] == 300
    assert {rule["folderUID"] for rule in group["rules"]} == {"pilotbed"}


@pytest.mark.parametrize("newer_lists", [True, False])
def test_a_second_push_changes_nothing(newer_lists: bool) -> None:
    with grafana_server(newer_lists=newer_lists) as grafana:
        pushed(grafana)
        grafana.asked.clear()
        assert {each.action for each in pushed(grafana)} == {"unchanged"}
        assert grafana.written == []


def test_a_dry_run_changes_nothing_and_shows_each_difference(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.asked.clear()
    changed = redrawn(panels=[{"id": 1, "title": "Vikt", "type": "stat"}], tags=["pilotbed"])
    update = only(pushed(grafana, changed, dry_run=True), "update")
    assert [str(each) for each in update.differences] == [
        'panels[Vikt].type: "timeseries" → "stat"',
        'tags: nothing → ["pilotbed"]',
    ]
    assert grafana.written == []


def test_a_dry_run_on_an_empty_grafana_changes_nothing(grafana: GrafanaServer) -> None:
    assert {each.action for each in pushed(grafana, dry_run=True)} == {"create"}
    assert grafana.written == []


def test_what_we_saved_ourselves_is_brought_up_to_date(grafana: GrafanaServer) -> None:
    pushed(grafana)
    pushed(grafana, redrawn(title="Säng och sömn"))
    assert grafana.dashboards["pilotbed-bed"]["title"] == "Säng och sömn"
    assert len(grafana.versions["pilotbed-gps"]) == 1


def test_somebodys_change_is_left_and_said_whose_it_is(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.save_as("anna", "pilotbed-bed", title="Annas säng")
    refused = only(pushed(grafana), "refuse")
    assert refused.why == "changed by anna, 2026-11-23T10:02:00Z: --force puts ours in its place"
    assert [str(each) for each in refused.differences] == ['title: "Annas säng" → "Säng"']
    assert grafana.dashboards["pilotbed-bed"]["title"] == "Annas säng"


def test_a_panel_that_somebody_added_is_somebodys_change(grafana: GrafanaServer) -> None:
    pushed(grafana)
    mine = {"id": 2, "title": "Min egen", "type": "text"}
    grafana.save_as("anna", "pilotbed-bed", panels=[*BED["panels"], mine])
    [difference] = only(pushed(grafana), "refuse").differences
    assert (difference.place, difference.theirs, difference.ours) == ("panels[Min egen]", mine, None)


def test_force_puts_ours_in_its_place(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.save_as("anna", "pilotbed-bed", title="Annas säng")
    assert only(pushed(grafana, force=True), "update").name == "Säng"
    assert grafana.dashboards["pilotbed-bed"]["title"] == "Säng"
    assert {each.action for each in pushed(grafana)} == {"unchanged"}


def test_who_saved_what_we_would_save_has_changed_nothing(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.save_as("anna", "pilotbed-bed")
    assert {each.action for each in pushed(grafana)} == {"unchanged"}


def test_a_newer_schema_that_grafana_shows_is_no_change(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.dashboards["pilotbed-bed"] |= {"schemaVersion": 42, "panels": []}
    assert {each.action for each in pushed(grafana)} == {"unchanged"}


def test_a_change_made_while_we_push_is_left(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.before_saving = lambda: grafana.save_as("bo", "pilotbed-bed", title="Bos säng")
    refused = only(pushed(grafana, redrawn(title="Vår säng")), "refuse")
    assert refused.why.startswith("in the very moment changed by bo, 2026-11-23T10:02:00Z")
    assert grafana.dashboards["pilotbed-bed"]["title"] == "Bos säng"


def test_a_dashboard_that_somebody_moved_stays_there(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.folders["elsewhere"] = {"uid": "elsewhere"}
    grafana.dashboards["pilotbed-bed"]["folderUid"] = "elsewhere"
    pushed(grafana, redrawn(title="Vår säng"))
    saved = [path for _, path in grafana.written if path == "/api/dashboards/db"]
    assert len(saved) == 3
    assert grafana.dashboards["pilotbed-bed"]["title"] == "Vår säng"


def test_a_dashboard_in_a_schema_that_the_api_does_not_show_is_somebodys(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.save_as("anna", "pilotbed-bed")
    grafana.in_schema_2.add("pilotbed-bed")
    refused = only(pushed(grafana), "refuse")
    assert "schema that its API does not show" in refused.why
    assert "by anna" in refused.why
    only(pushed(grafana, force=True), "update")
    assert {each.action for each in pushed(grafana)} == {"unchanged"}


def test_a_dashboard_from_files_is_theirs_even_by_force(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.provisioned.add("pilotbed-bed")
    refused = only(pushed(grafana, redrawn(title="Vår säng"), force=True), "refuse")
    assert "files on Grafana's server" in refused.why


ONLY_BED = Content({"pilotbed-bed": BED})


def test_a_dashboard_that_is_made_no_more_is_told_of_and_stays(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.asked.clear()
    for dry_run in (True, False):
        stale = only(pushed(grafana, ONLY_BED, dry_run=dry_run), "stale")
        assert (stale.kind, stale.name) == ("dashboard", "GPS")
        assert "--prune" in stale.why
    assert grafana.written == []


def test_prune_removes_a_dashboard_that_is_made_no_more(grafana: GrafanaServer) -> None:
    pushed(grafana)
    assert only(pushed(grafana, ONLY_BED, prune=True, dry_run=True), "remove").name == "GPS"
    assert set(grafana.dashboards) == {"pilotbed-bed", "pilotbed-gps"}
    assert only(pushed(grafana, ONLY_BED, prune=True), "remove").name == "GPS"
    assert set(grafana.dashboards) == {"pilotbed-bed"}
    assert {each.action for each in pushed(grafana, ONLY_BED, prune=True)} == {"unchanged"}


def test_prune_leaves_what_somebody_changed_unless_by_force(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.save_as("anna", "pilotbed-gps", title="Annas GPS")
    refused = only(pushed(grafana, ONLY_BED, prune=True), "refuse")
    assert refused.why.startswith("changed by anna")
    assert "pilotbed-gps" in grafana.dashboards
    grafana.in_schema_2.add("pilotbed-gps")
    only(pushed(grafana, ONLY_BED, prune=True, force=True), "remove")
    assert set(grafana.dashboards) == {"pilotbed-bed"}


def test_prune_leaves_what_comes_from_files_and_what_is_not_ours(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.provisioned.add("pilotbed-gps")
    theirs = {"theirs", "pilotbed-annas"}
    for uid in theirs:
        grafana.dashboards[uid] = {"uid": uid, "title": "Annas"}
        grafana.save_as("anna", uid)
    outcomes = pushed(grafana, ONLY_BED, prune=True, force=True)
    assert {each.action for each in outcomes} == {"unchanged"}
    assert set(grafana.dashboards) == {"pilotbed-bed", "pilotbed-gps", *theirs}


def test_rules_that_the_plan_no_longer_has_go(grafana: GrafanaServer) -> None:
    pushed(grafana)
    [group] = RULES["groups"]
    fewer = {**RULES, "groups": [{**group, "rules": group["rules"][:1]}]}
    assert only(pushed(grafana, Content(DASHBOARDS, fewer)), "update").kind == "rules"
    [kept] = next(iter(grafana.groups.values()))["rules"]
    assert kept["uid"] == "pb-demo-silent"


def test_rules_made_in_the_interface_are_somebodys(grafana: GrafanaServer) -> None:
    pushed(grafana)
    [group] = grafana.groups.values()
    group["rules"].append({"uid": "annas", "title": "Annas regel"})
    refused = only(pushed(grafana), "refuse")
    assert refused.kind == "rules"
    assert [each.place for each in refused.differences] == ["rules[Annas regel]"]
    only(pushed(grafana, force=True), "update")


def test_rules_from_files_are_theirs(grafana: GrafanaServer) -> None:
    pushed(grafana)
    [group] = grafana.groups.values()
    group["rules"][0] |= {"provenance": "file", "title": "En annan titel"}
    assert "files on Grafana's server" in only(pushed(grafana, force=True), "refuse").why


def test_what_we_no_longer_write_goes(grafana: GrafanaServer) -> None:
    pushed(grafana, redrawn(description="Förr", tags=["pilotbed"]))
    assert only(pushed(grafana, Content({"pilotbed-bed": BED})), "update").differences == ()
    assert "description" not in grafana.dashboards["pilotbed-bed"]


def test_rules_lose_the_contact_point_that_their_plan_no_longer_names(grafana: GrafanaServer) -> None:
    pushed(grafana)
    nobody = alerting(PLAN.model_copy(update={"leader": None}), "sv", 1)
    changed = only(pushed(grafana, Content(DASHBOARDS, nobody)), "update")
    assert {each.place.rpartition(".")[2] for each in changed.differences} == {"notification_settings"}
    assert {each.action for each in pushed(grafana, Content(DASHBOARDS, nobody))} == {"unchanged"}


def test_another_leader_gets_the_notices(grafana: GrafanaServer) -> None:
    pushed(grafana)
    other = alerting(PLAN, "sv", 1, "nagon.annan@example.org")
    changed = only(pushed(grafana, Content(DASHBOARDS, other)), "update")
    assert [each.place for each in changed.differences] == ["settings.addresses"]


def test_a_new_token_of_the_api_is_given_and_never_shown(grafana: GrafanaServer) -> None:
    pushed(grafana)
    changed = only(pushed(grafana, Content({}, access=ApiAccess("http://api:8000", "another"))), "update")
    assert grafana.secrets["pilotbed-api"]["bearerToken"] == "another"
    assert "another" not in str(changed)
    assert "another" not in str(grafana.sources)


def test_other_settings_of_the_data_source_want_force(grafana: GrafanaServer) -> None:
    pushed(grafana)
    grafana.sources["pilotbed-api"]["jsonData"]["allowedHosts"] = ["http://elsewhere/"]
    assert "--force" in only(pushed(grafana), "refuse").why
    only(pushed(grafana, force=True), "update")
    assert grafana.sources["pilotbed-api"]["jsonData"]["allowedHosts"] == ["http://api:8000/api/v1/"]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, {"status": "ERROR", "message": "401 Unauthorized"}), "401 Unauthorized"),
        ((404, {"message": "Plugin not found"}), "Plugin not found"),
        ((500, {"message": "dial tcp: lookup api"}), "dial tcp: lookup api"),
        ((200, {"status": "ERROR", "message": "no answer"}), "no answer"),
    ],
)
def test_a_data_source_that_gets_no_answer_is_made_and_said(
    grafana: GrafanaServer, answer: tuple[int, dict[str, str]], said: str
) -> None:
    grafana.health = answer
    source = pushed(grafana)[1]
    assert (source.kind, source.action) == ("data source", "create")
    assert said in source.why


def test_grafana_below_a_path_is_found() -> None:
    with grafana_server(prefix="/grafana") as grafana:
        assert {each.action for each in pushed(grafana)} == {"create"}


def test_a_wrong_token_says_where_one_is_made(grafana: GrafanaServer) -> None:
    with pytest.raises(
        GrafanaError, match=r"401: Invalid API key\); it does not know the token: make one"
    ) as said:
        list(publish(connect(grafana.url, "secret-but-wrong"), WHOLE))
    assert "secret-but-wrong" not in str(said.value)


def test_a_token_that_may_not_write_says_which_role_it_needs() -> None:
    with grafana_server(role="Viewer") as grafana, pytest.raises(GrafanaError, match="needs the role Editor"):
        pushed(grafana)


def test_an_editor_may_do_all_but_the_data_source() -> None:
    with grafana_server(role="Editor") as grafana:
        pushed(grafana, Content(DASHBOARDS, RULES))
        with pytest.raises(
            GrafanaError, match=r"create the data source “Pilotbed” .* for the data source Admin"
        ):
            pushed(grafana)


def test_another_server_says_that_it_is_not_grafana() -> None:
    with grafana_server(prefix="/grafana") as grafana:
        root = connect(grafana.url.removesuffix("/grafana"), TOKEN)
        with pytest.raises(GrafanaError, match="with its sub-path"):
            list(publish(root, WHOLE))


def test_a_page_for_people_is_not_grafanas_api() -> None:
    with (
        grafana_server(page="<h1>Logga in</h1>") as other,
        pytest.raises(GrafanaError, match="is not Grafana"),
    ):
        pushed(other)


def test_nobody_there_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(GrafanaError, match="nobody answers at Grafana's address"):
        list(publish(connect(f"http://127.0.0.1:{port}", TOKEN), WHOLE))


@pytest.mark.parametrize("url", ["grafana:3000", "ftp://grafana", "http://", "https://anna:hemligt@grafana"])
def test_an_address_that_cannot_be_one_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(GrafanaError) as said:
        connect(url, TOKEN)
    assert "hemligt" not in str(said.value)
