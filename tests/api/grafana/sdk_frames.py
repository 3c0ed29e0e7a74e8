"""What Grafana's own library makes of the plugin's frames: the program in `framing/`, built where Go is."""

import json
import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.api.grafana.checks.infinity import Frame
from tests.parts import absent, require

SOURCE = Path(__file__).parent / "framing"
BUILDS_WITHIN_S = 500


@dataclass(frozen=True, slots=True)
class Framed:
    """`type` is "wide" for series over time, "long" for rows that stayed rows, "not" for neither."""

    type: str
    rows: int
    series: int
    error: str


@dataclass(frozen=True, slots=True)
class Framing:
    program: Path

    @classmethod
    def built(cls, folder: Path) -> "Framing":
        """Skips with the reason where Go or the modules cannot be had."""
        go, environment = require("go"), {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}

        def run(*command: str) -> "subprocess.CompletedProcess[str]":
            return subprocess.run(
                [go, *command],
                cwd=SOURCE,
                env=environment,
                capture_output=True,
                text=True,
                timeout=BUILDS_WITHIN_S,
            )

        fetched = run("list", "-deps", ".")
        if fetched.returncode:
            absent("go", f"Grafana's library for Go cannot be had here: {fetched.stderr.strip()[-300:]}")
        program = folder / "framing"
        made = run("build", "-o", str(program), ".")
        assert made.returncode == 0, made.stderr
        return cls(program)

    def framed(self, frames: Iterable[Frame]) -> list[Framed]:
        """What becomes of each frame."""
        lines = [
            json.dumps(
                [
                    {"text": text, "type": frame.types[text], "values": list(values)}
                    for text, values in frame.fields.items()
                ]
            )
            for frame in frames
        ]
        done = subprocess.run(
            [self.program], input="\n".join(lines), capture_output=True, text=True, check=True, timeout=60
        )
        return [Framed(**json.loads(line)) for line in done.stdout.splitlines()]
