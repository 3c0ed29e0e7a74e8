"""A Dask scheduler and its workers, as processes on this machine."""

import subprocess
import sys
from pathlib import Path
from typing import Self

from tests.brokers import free_port
from tests.waiting import wait_for

ENOUGH_S = 120
DASK = (sys.executable, "-m", "dask")


class DaskCluster:
    """As a context: every worker has joined the scheduler inside, and all are ended at the end."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        self._number = workers
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.workers: list[subprocess.Popen[bytes]] = []
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        try:
            self._start("scheduler", *DASK, "scheduler", "--host", self.address)
            wait_for(lambda: "Scheduler at:" in self._log, "the scheduler", ENOUGH_S)
            for number in range(self._number):
                self.start_worker(f"worker-{number}", *DASK, "worker", wait=False)
            self._wait()
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def kill(self) -> None:
        """End everything without a warning."""
        for process in self._processes:
            process.kill()
            process.wait(ENOUGH_S)

    def start_worker(self, name: str, *program: str, wait: bool = True) -> None:
        """Let one more worker join, which computes one thing at a time."""
        options = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--name", name)
        folder = ("--local-directory", str(self._folder))
        self.workers.append(self._start(name, *program, self.address, *options, *folder))
        if wait:
            self._wait()

    def _start(self, name: str, *command: str) -> "subprocess.Popen[bytes]":
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--dashboard-address", "127.0.0.1:0"], stdout=log, stderr=log, cwd=self._folder
            )
        self._processes.append(process)
        return process

    def _wait(self) -> None:
        def joined() -> bool:
            assert all(process.poll() is None for process in self._processes), self._log
            return self._log.count("Registered to:") >= len(self.workers)

        wait_for(joined, "the workers to join", ENOUGH_S)

    @property
    def _log(self) -> str:
        return "".join(file.read_text() for file in sorted(self._folder.glob("*.log")))
