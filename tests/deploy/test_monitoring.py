"""Prometheus: its files, and that every series in a rule is one that ingest counts."""

import re
import subprocess

import prometheus_client
import pytest
import yaml

import ingest.subscriber  # noqa: F401 - it registers what ingest counts
from tests.deploy.deployed import DEPLOY
from tests.parts import require

FOLDER = DEPLOY / "prometheus"
RULES = [
    rule for group in yaml.safe_load((FOLDER / "rules.yml").read_text())["groups"] for rule in group["rules"]
]


@pytest.mark.parametrize("words", ["rules rules.yml", "config --syntax-only prometheus.yml"])
def test_prometheus_reads_the_files(words: str) -> None:
    command, *options, file = words.split()
    promtool = require("promtool")
    checked = subprocess.run(
        [promtool, "check", command, *options, str(FOLDER / file)], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stderr + checked.stdout


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_asks_for_what_there_is_and_says_what_to_do(rule: dict[str, dict[str, str]]) -> None:
    counted = {
        name
        for family in prometheus_client.REGISTRY.collect()
        for name in (family.name, f"{family.name}_total", f"{family.name}_count", f"{family.name}_bucket")
    }
    assert set(re.findall(r"\bpilotbed_\w+", str(rule["expr"]))) <= counted
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]


def test_prometheus_looks_where_the_processes_answer() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    scraped = {
        job["job_name"]: job
        for job in yaml.safe_load((FOLDER / "prometheus.yml").read_text())["scrape_configs"]
    }
    assert scraped["pilotbed-api"]["static_configs"] == [{"targets": ["api:8000"]}]
    (names,) = scraped["pilotbed-ingest"]["dns_sd_configs"]
    assert names["port"] == 8001
    for worker in ("ingest", "ingest-1", "ingest-2"):
        assert compose[worker]["networks"]["monitoring"]["aliases"] == names["names"]
