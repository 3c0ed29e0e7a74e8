"""A real Prometheus for tests: the jobs and rules that we deploy, over a process of a test."""

import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests.brokers import free_port
from tests.parts import require
from tests.waiting import wait_for

DEPLOYED = Path(__file__).resolve().parents[1] / "deploy" / "prometheus"


class Prometheus:
    """A server with its own folder and port. Every job of ours looks at `addresses`, each second."""

    def __init__(self, folder: Path, addresses: Sequence[str]) -> None:
        self._program = require("prometheus")
        self._folder = folder
        self.port = free_port()
        configuration = yaml.safe_load((DEPLOYED / "prometheus.yml").read_text(encoding="utf-8"))
        configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        configuration["rule_files"] = [str(DEPLOYED / "rules.yml")]
        targets = [{"targets": [urllib.parse.urlsplit(address).netloc for address in addresses]}]
        jobs = [job["job_name"] for job in configuration["scrape_configs"]]
        configuration["scrape_configs"] = [{"job_name": job, "static_configs": targets} for job in jobs]
        self._configuration = folder / "prometheus.yml"
        self._configuration.write_text(yaml.safe_dump(configuration), encoding="utf-8")
        self._log = folder / "prometheus.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    f"--config.file={self._configuration}",
                    f"--storage.tsdb.path={self._folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{self.port}",
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(lambda: self._is_ready() or self._has_ended, "Prometheus")
        assert not self._has_ended, self._log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(60)

    @property
    def _has_ended(self) -> bool:
        assert self._process is not None
        return self._process.poll() is not None

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=30):
                return True
        except OSError:
            return False

    def ask(self, path: str, **parameters: str) -> Any:
        """The data of an answer of its HTTP API; a refusal fails with what it said."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as response:
                answer = json.loads(response.read())
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{parameters}: {error.read().decode()}") from error
        assert answer["status"] == "success", answer
        return answer["data"]

    def now(self, expression: str) -> list[Mapping[str, Any]]:
        """The series of an expression as of now, each with `metric` and `value`."""
        found = self.ask("query", query=expression)
        assert found["resultType"] == "vector", found
        return list(found["result"])

    def lately(self, expression: str, seconds: int = 60) -> list[Mapping[str, Any]]:
        """The series of an expression over the last seconds, each with `metric` and `values`."""
        end = time.time()
        found = self.ask("query_range", query=expression, start=f"{end - seconds}", end=f"{end}", step="1")
        return list(found["result"])
