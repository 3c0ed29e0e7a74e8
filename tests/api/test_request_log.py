from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.api.installation import OURS, Installation


def test_a_request_is_logged_by_route_and_role_without_its_secrets(empty: Installation) -> None:
    secret = empty.registry.create_login("leader", OURS)
    with capture_logs() as lines:
        empty.client.get(f"/login/{secret}", follow_redirects=False)
        empty.get(f"/api/v1/pilots/{OURS}/quality?note=private")
        empty.client.get(f"/nowhere/{secret}")
    assert [line["route"] for line in lines] == ["/login/{once}", "/api/v1/pilots/{pilot}/quality", None]
    assert lines[1]["role"] == "leader"
    logged = str(lines)
    assert secret not in logged
    assert "private" not in logged
    assert empty.tokens["leader"] not in logged


def test_a_request_is_counted_by_route_and_never_by_its_pilot(empty: Installation) -> None:
    route = "/api/v1/pilots/{pilot}/quality"
    seen = {"method": "GET", "route": route, "status": "200"}
    before = REGISTRY.get_sample_value("pilotbed_http_requests_total", seen) or 0
    empty.get(f"/api/v1/pilots/{OURS}/quality")
    empty.ask("BREW", f"/nowhere/{OURS}")
    assert REGISTRY.get_sample_value("pilotbed_http_requests_total", seen) == before + 1
    assert REGISTRY.get_sample_value("pilotbed_http_request_seconds_count", {"route": route}) is not None
    page = empty.client.get("/metrics").text
    assert 'pilotbed_http_requests_total{method="other",route="other",status="404"}' in page
    assert OURS not in page
