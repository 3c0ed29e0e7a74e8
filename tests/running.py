"""pilotbed as its users meet it: commands and the service as processes, pages and API over HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import httpx

from ingest.address import BrokerAddress
from tests.ingest.publishing import publish
from tests.waiting import wait_for

COMMAND = (sys.executable, "-m", "pilotbed")
ENOUGH_S = 300


class Installation:
    """A folder with everything one installation keeps; every command and service of it works there."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.data = folder / "data"
        inherited = {name: text for name, text in os.environ.items() if not name.startswith("PILOTBED_")}
        self.environment = inherited | {
            "NO_COLOR": "1",
            "PILOTBED_DATA": str(self.data),
            "PILOTBED_MQTT_PORT": "0",
            "PILOTBED_HTTP_PORT": "0",
            "PILOTBED_INGEST_HTTP_PORT": "0",
            "PILOTBED_ANALYSE_EVERY_S": "0",
            **environment,
        }

    @property
    def service_file(self) -> Path:
        return self.data / "service.json"

    def run(self, *arguments: object, exit_code: int = 0) -> "subprocess.CompletedProcess[str]":
        """Run one command to its end; any other exit code than the expected one fails with what it said."""
        done = subprocess.run(
            [*COMMAND, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=ENOUGH_S,
        )
        assert done.returncode == exit_code, f"exit code {done.returncode}:\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def json(self, *arguments: object) -> Any:
        """What a command prints with `--json`: one value, and nothing beside it."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def add_pilot(self, plan: str) -> None:
        """Add a pilot from the text of its plan."""
        file = self.folder / "plan.yaml"
        file.write_text(plan, encoding="utf-8")
        self.run("pilot", "add", file)

    def start(self) -> "Service":
        """Start the service; it may not be ready yet."""
        return Service(self)

    def start_api(self) -> "Service":
        """Start pages and API apart from ingest; they may not be ready yet."""
        return Service(self, "api")

    def start_worker(self, client_id: str, *options: str) -> "Worker":
        """Start a worker of ingest under that client id; it may not be ready yet."""
        return Worker(self, client_id, *options)

    def up(self) -> "Service":
        """The service as a context: ready inside, stopped at the end."""
        return self.start()


class Process:
    """A command that runs until it is stopped; as a context, ready inside and stopped at the end.

    `file` is what it writes when every part is ready.
    """

    def __init__(self, installation: Installation, name: str, file: Path, *command: str) -> None:
        self.installation = installation
        self._file = file
        # A killed process leaves its file behind: the next one is ready when it has written its own.
        file.unlink(missing_ok=True)
        self._log = installation.folder / f"{name}.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *command],
                cwd=installation.folder,
                env=installation.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        try:
            return self.ready()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready(self) -> Self:
        """Wait until every part answers."""

        def has_happened() -> bool:
            return self._file.exists() or self.process.poll() is not None

        try:
            wait_for(has_happened, "the service", ENOUGH_S)
        except AssertionError:
            self.kill()
            raise
        assert self.process.poll() is None, self.log
        return self

    def why_not_ready(self) -> str:
        """What `/readyz` says; nothing when all is well."""
        answer = httpx.get(f"{self.access['http']}/readyz", timeout=ENOUGH_S)
        return "" if answer.status_code == 200 else answer.text

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its log line by line; a line that is no JSON fails."""
        return [json.loads(line) for line in self.log.splitlines()]

    def said(self, event: str) -> list[dict[str, Any]]:
        """The log's lines with that event."""
        return [line for line in self.events if line["event"] == event]

    @property
    def access(self) -> dict[str, Any]:
        """What the process says of itself in its file."""
        found: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
        return found

    def counter(self, name: str) -> int:
        """A counter of `/metrics`, over all its labels."""
        text = httpx.get(f"{self.access['http']}/metrics", timeout=ENOUGH_S).text
        lines = (line.rpartition(" ") for line in text.splitlines())
        return sum(int(float(value)) for key, _, value in lines if key.partition("{")[0] == name)

    def terminate(self) -> int:
        """Ask it to stop as a service manager does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(ENOUGH_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """End it without a warning, as a power cut does."""
        self.process.kill()
        self.process.wait(ENOUGH_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.terminate()


class Worker(Process):
    """`pilotbed ingest` as a process of its own."""

    def __init__(self, installation: Installation, client_id: str, *options: str) -> None:
        file = installation.data / f"ingest-{client_id}.json"
        super().__init__(installation, client_id, file, "ingest", "--client-id", client_id, *options)


class Service(Process):
    """`pilotbed up`, or `pilotbed api`, as a process of its own."""

    def __init__(self, installation: Installation, command: str = "up") -> None:
        super().__init__(installation, "service", installation.service_file, command)

    @property
    def broker(self) -> BrokerAddress:
        mqtt = self.access["mqtt"]
        return BrokerAddress(mqtt["host"], mqtt["port"], mqtt["user"], mqtt["password"])

    def client(self, token: str | None = None) -> httpx.Client:
        """The API as a caller with this token; without one, as the service's own administrator."""
        access = self.access
        return httpx.Client(
            base_url=f"{access['http']}/api/v1",
            headers={"Authorization": f"Bearer {token or access['token']}"},
            timeout=ENOUGH_S,
        )

    def get(self, path: str, **parameters: object) -> Any:
        """The JSON that the administrator gets."""
        with self.client() as client:
            answer = client.get(path, params=parameters)  # type: ignore[arg-type] # texts and numbers
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON of the administrator's change."""
        with self.client() as client:
            answer = client.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def analyse(self, pilot: str) -> Any:
        """Recompute what is stale."""
        return self.post(f"/pilots/{pilot}/analyses")

    def publish(self, messages: Iterable[tuple[str, Any]]) -> None:
        """Publish (topic, payload) pairs as devices do, and wait until ingest has committed them."""
        sent = list(messages)
        committed = "pilotbed_ingest_committed_messages_total"
        before = self.counter(committed)
        publish(self.broker, sent)
        wait_for(lambda: self.counter(committed) >= before + len(sent), "the commit of all messages", 60)
