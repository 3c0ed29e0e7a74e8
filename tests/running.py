"""pilotbed as its users meet it: commands and the service as processes, pages and API over HTTP."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from ingest.address import BrokerAddress
from tests.ingest.publishing import publish
from tests.waiting import wait_for

COMMAND = (sys.executable, "-m", "pilotbed")
ENOUGH_S = 120


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

    @contextmanager
    def up(self) -> Iterator["Service"]:
        """The running service, ready, stopped at the end."""
        service = self.start()
        try:
            service.ready()
            yield service
        finally:
            service.stop()


class Service:
    """`pilotbed up` as a process of its own."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        # A killed service leaves its file behind: the next one is ready when it has written its own.
        installation.service_file.unlink(missing_ok=True)
        self._log = installation.folder / "service.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [*COMMAND, "up"],
                cwd=installation.folder,
                env=installation.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def ready(self) -> "Service":
        """Wait until every part answers."""

        def has_happened() -> bool:
            return self.installation.service_file.exists() or self.process.poll() is not None

        wait_for(has_happened, "the service", ENOUGH_S)
        assert self.process.poll() is None, self.log
        return self

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def access(self) -> dict[str, Any]:
        """What the service says of itself in its file."""
        found: dict[str, Any] = json.loads(self.installation.service_file.read_text(encoding="utf-8"))
        return found

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

    def counter(self, name: str) -> int:
        """A counter of `/metrics`, over all its labels."""
        text = httpx.get(f"{self.access['http']}/metrics", timeout=ENOUGH_S).text
        lines = (line.rpartition(" ") for line in text.splitlines())
        return sum(int(float(value)) for key, _, value in lines if key.partition("{")[0] == name)

    def publish(self, messages: Iterable[tuple[str, Any]]) -> None:
        """Publish (topic, payload) pairs as devices do, and wait until ingest has committed them."""
        sent = list(messages)
        committed = "pilotbed_ingest_committed_messages_total"
        before = self.counter(committed)
        publish(self.broker, sent)
        wait_for(lambda: self.counter(committed) >= before + len(sent), "the commit of all messages", 60)

    def terminate(self) -> int:
        """Ask it to stop as a service manager does; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(ENOUGH_S)

    def kill(self) -> None:
        """End it without a warning, as a power cut does."""
        self.process.kill()
        self.process.wait(ENOUGH_S)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.terminate()
