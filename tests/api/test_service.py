from pathlib import Path

from tests.api.installation import Installation, open_installation


def test_the_service_is_alive_without_a_token(filled: Installation) -> None:
    assert filled.client.get("/healthz").json() == {"status": "ok"}


def test_readiness_names_what_is_not_ready(tmp_path: Path) -> None:
    def asleep() -> str | None:
        raise ConnectionError("refused")

    checks = {"store": lambda: None, "broker": lambda: "does not answer on port 1883", "clock": asleep}
    installation = open_installation(tmp_path, checks)
    answer = installation.client.get("/readyz")
    installation.store.close()
    installation.registry.close()
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert {fault["part"] for fault in answer.json()["errors"]} == {"broker", "clock"}
    assert "broker: does not answer on port 1883" in answer.json()["detail"]


def test_a_service_whose_parts_all_answer_is_ready(filled: Installation) -> None:
    assert filled.client.get("/readyz").json() == {"status": "ready"}


def test_counters_are_open_and_name_no_device_and_no_pilot(filled: Installation) -> None:
    answer = filled.client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert "natt-2026" not in answer.text


def test_every_answer_forbids_sniffing_and_pages_forbid_scripts(filled: Installation) -> None:
    assert filled.client.get("/healthz").headers["x-content-type-options"] == "nosniff"
    page = filled.get("/")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "same-origin"


def test_every_operation_has_a_name_and_answers_errors_as_problems(filled: Installation) -> None:
    description = filled.client.get("/api/v1/openapi.json").json()
    operations = [operation for path in description["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    assert all(path.startswith("/api/v1/") for path in description["paths"])
    for operation in operations:
        assert "application/problem+json" in operation["responses"]["401"]["content"]


def test_examples_and_references_in_the_description_resolve(filled: Installation) -> None:
    text = filled.client.get("/api/v1/openapi.json").text
    schemas = filled.client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    used = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert used <= set(schemas)
