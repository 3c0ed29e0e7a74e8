"""Units computed by the workers of a Dask cluster."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from typing import Any

from analysis.pipeline.fingerprints import METHOD_VERSION
from analysis.pipeline.places import SchedulerUnavailable

CONNECT_S = 10

KILLED = "the Dask workers that computed it died again and again, most often because memory ran out"


def method_version() -> int:
    """The version of the methods that are installed where this is called."""
    return METHOD_VERSION


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int, Callable[[Exception], str | None]]]:
    """An executor over the workers of the Dask scheduler at `address`, how many units they compute at once,
    and what tells why a unit alone failed. A unit whose worker dies is computed by another; one whose workers
    die again and again fails, while there are others.

    Raises `SchedulerUnavailable`: Dask is not installed, nobody answers, there are no workers or some
    without our methods, or they were lost on the way.
    """
    try:
        import dask
        from distributed import Client
        from distributed.client import ClosedClientError
        from distributed.comm.addressing import parse_address, parse_host_port
        from distributed.comm.core import CommClosedError
        from distributed.comm.registry import get_backend
        from distributed.scheduler import KilledWorker
    except ImportError:
        raise SchedulerUnavailable(
            f"a scheduler at {address} needs Dask: install pilotbed[dask], here and on every worker"
        ) from None
    for talker in ("distributed", "distributed.client", "tornado.application"):
        # Of a scheduler that is lost they print several tracebacks; we say it in a sentence.
        logging.getLogger(talker).setLevel(logging.CRITICAL)
    # A unit holds its readings: it is meant to be large.
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1TB"}):
        try:
            # A client without a known kind or a port would end with a traceback.
            scheme, location = parse_address(address)
            get_backend(scheme)
            parse_host_port(location)
            client: Any = Client(address, timeout=CONNECT_S, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, TimeoutError, ValueError, RuntimeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SchedulerUnavailable(f"no Dask scheduler answers at {address}: {reason}") from error

        def why_failed(error: Exception) -> str | None:
            if not isinstance(error, KilledWorker):
                return None
            try:
                client.wait_for_workers(1, timeout=CONNECT_S)  # a nanny takes a while to start another
            except TimeoutError:
                return None
            return KILLED

        try:
            threads = _threads(client, address)
            # Impure: a unit is work to be done now, not a value that the cluster might remember.
            yield client.get_executor(pure=False), threads, why_failed
        except KilledWorker as error:
            raise SchedulerUnavailable(
                f"the workers of the Dask scheduler at {address} died, most often because memory ran out: "
                "what was computed stands, and the next run goes on"
            ) from error
        except (CancelledError, ClosedClientError, CommClosedError) as error:
            raise SchedulerUnavailable(
                f"the Dask scheduler at {address} was lost on the way: what was computed stands, and the "
                "next run goes on"
            ) from error
        finally:
            client.close()


def _threads(client: Any, address: str) -> int:
    """How many units the workers compute at once. Raises `SchedulerUnavailable` where some cannot."""
    threads: dict[str, int] = client.nthreads()
    if not threads:
        raise SchedulerUnavailable(
            f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`"
        )
    versions: dict[str, object] = client.run(method_version, on_error="return")
    for worker, version in sorted(versions.items()):
        if version != METHOD_VERSION:
            raise SchedulerUnavailable(
                f"the Dask worker {worker} has not our methods ({version!r}, here {METHOD_VERSION}): install "
                "the same pilotbed[dask] there as here"
            )
    return sum(threads.values())
