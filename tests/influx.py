"""A real InfluxDB 2 server for tests: one for a whole run, or one of a test's own that it may kill."""

import json
import signal
import subprocess
import time
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.brokers import free_port
from tests.parts import require_influxd

ORG = "testmiljö"
TOKEN = "a-token-for-tests"
STARTS_WITHIN_S = 120


class Influx:
    """A server with its own folder and port; what it stored is there again after a stop or a kill."""

    org = ORG
    token = TOKEN

    def __init__(self, folder: Path) -> None:
        self._program = require_influxd()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._is_set_up = False
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def bucket(self, name: str | None = None) -> str:
        """The address of a bucket as `PILOTBED_STORE` has it, new without a name; opening makes it."""
        return f"influxdb+{self.url}/{name or uuid.uuid4().hex[:12]}?org={quote(ORG)}"

    def start(self) -> None:
        self._process = subprocess.Popen(
            [
                self._program,
                "run",
                f"--bolt-path={self._folder}/influxd.bolt",
                f"--sqlite-path={self._folder}/influxd.sqlite",
                f"--engine-path={self._folder}/engine",
                f"--http-bind-address=127.0.0.1:{self.port}",
                "--reporting-disabled",
                "--log-level=error",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError(f"influxd does not answer at {self.url}")
            time.sleep(0.05)
        if not self._is_set_up:
            owner = {"username": "owner", "password": "password-of-a-test", "org": ORG, "bucket": "first"}
            self.ask("POST", "/api/v2/setup", owner | {"token": TOKEN, "retentionPeriodSeconds": 0})
            self._is_set_up = True

    def stop(self) -> None:
        self._end("terminate")

    def kill(self) -> None:
        self._end("kill")

    def freeze(self) -> None:
        """It takes connections and answers nothing, as on a machine out of memory, until `thaw`."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None, "the server does not run"
        self._process.send_signal(number)

    def _end(self, how: str) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            getattr(process, how)()
            # A frozen one would never see that it is asked to stop.
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise

    def _answers(self) -> bool:
        try:
            self.ask("GET", "/health")
        except OSError:
            return False
        return True

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One request to its HTTP API, with the owner's token, JSON in and out."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Token {TOKEN}"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = response.read()
        return json.loads(answer) if answer else None
