"""One InfluxDB 2 bucket: line protocol in, InfluxQL out, and what its refusals mean."""

import gzip
import json
import re
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.client.influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from store.protocol import StoreError, StoreUnavailable

CONNECT_S = 5
"""A server that is there accepts in milliseconds."""

WRITE_S = 30
"""A write waits for the server's disk."""

ANSWER_S = 120
"""An aggregate over months, or a delete of them, says nothing before it is done."""

CONNECTIONS = 50
"""Kept open for reuse: as many as threads of the API may read at once."""

SCHEMA_VERSION = 2
"""2: days are marked as well as hours, and a version that does not would change hours unseen."""

EARLIEST_NS, LATEST_NS = -(2**63) + 2, 2**63 - 2
"""The times that InfluxDB can hold."""

_MARK = f"pilotbed_store version={SCHEMA_VERSION}i 0"
_VERSION = 'SELECT "version" FROM "pilotbed_store"'
_VERSION_ANSWER = f"name,tags,time,version\npilotbed_store,,0,{SCHEMA_VERSION}\n".encode()

_REFUSED_ROWS = (400, 413, 422)


@dataclass(frozen=True, slots=True)
class InfluxAddress:
    """Where the bucket is: `influxdb+http(s)://HOST:PORT/BUCKET?org=ORG`."""

    url: str
    bucket: str
    org: str

    @classmethod
    def parse(cls, address: str) -> "InfluxAddress":
        """Raises `StoreError` naming what is missing, or what does not belong there."""
        parts = urlsplit(address)
        place = address.partition("?")[0]
        if "@" in place:
            # Not the address: it holds a password.
            raise StoreError(
                "PILOTBED_STORE names a user: InfluxDB takes a token, as PILOTBED_STORE_TOKEN; the address "
                "must be influxdb+http://HOST:8086/BUCKET?org=ORG"
            )
        bucket = unquote(parts.path.strip("/"))
        org = parse_qs(parts.query).get("org", [""])[0]
        missing = [
            name for name, given in (("host", parts.hostname), ("bucket", bucket), ("org", org)) if not given
        ]
        if missing:
            raise StoreError(
                f"PILOTBED_STORE is {place!r}: it names no {' and no '.join(missing)}; "
                "it must be influxdb+http://HOST:8086/BUCKET?org=ORG"
            )
        return cls(f"{parts.scheme.removeprefix('influxdb+')}://{parts.netloc}", bucket, org)

    def __str__(self) -> str:
        return f"bucket {self.bucket!r} of {self.org!r} at {self.url}"


class InfluxConnection:
    """Requests to one bucket. A call returns after the server's answer, or raises: `StoreError` where the
    rows or the query cannot be taken, `StoreUnavailable` for everything that may be tried again."""

    def __init__(self, address: InfluxAddress, token: str) -> None:
        self._address = address
        # Any: the client says that it is typed, but most of its calls are not.
        self._client: Any = InfluxDBClient(
            address.url,
            token=token,
            timeout=(CONNECT_S * 1000, ANSWER_S * 1000),
            connection_pool_maxsize=CONNECTIONS,
        )
        # Also at exit: left to the interpreter's end, the client closes when half of Python is gone.
        self._release = weakref.finalize(self, self._client.close)

    def close(self) -> None:
        self._client = None
        self._release()

    def prepare(self) -> None:
        """Make the bucket where there is none, and mark it as ours.

        Raises `StoreError` for a bucket with a retention limit, and for one of a newer version.
        """
        with self._asking() as client:
            bucket = self._bucket(client) or self._new_bucket(client)
        limit = next((rule.every_seconds for rule in bucket.retention_rules if rule.every_seconds), 0)
        if limit:
            raise StoreError(
                f"{self._address} drops readings after {limit / 86400:g} days and would refuse late ones: "
                "make it keep them for ever (influx bucket update --id … --retention 0); "
                "pilotbed deletes what a pilot's plan says"
            )
        version = self._version()
        if version is None or version < SCHEMA_VERSION:
            self.write([_MARK])
            if self._version() is None:
                self._fail_query()
        elif version > SCHEMA_VERSION:
            raise StoreError(
                f"{self._address} has schema {version}, this version knows {SCHEMA_VERSION}: "
                "install the newer pilotbed that wrote it"
            )

    def _bucket(self, client: Any) -> Any:
        try:
            found = client.buckets_api().find_buckets(name=self._address.bucket, org=self._address.org)
        except ApiException as error:
            if error.status == 404:
                return None
            raise
        return found.buckets[0] if found.buckets else None

    def _new_bucket(self, client: Any) -> Any:
        try:
            return client.buckets_api().create_bucket(bucket_name=self._address.bucket, org=self._address.org)
        except InfluxDBError as error:
            if made := self._bucket(client):  # by another process, meanwhile
                return made
            raise StoreUnavailable(
                f"{self._address} is not there, and this token may not make it ({error.message}): "
                f"influx bucket create --name {self._address.bucket} --org {self._address.org} --retention 0"
            ) from error

    def write(self, lines: Iterable[str]) -> None:
        """Write lines with times in nanoseconds; when this returns, they survive a crash of the server."""
        with self._asking() as client:
            client.api_client.call_api(
                "/api/v2/write",
                "POST",
                query_params={"org": self._address.org, "bucket": self._address.bucket, "precision": "ns"},
                header_params={"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"},
                body=gzip.compress("\n".join(lines).encode(), 1),  # the client's own takes the slowest level
                _request_timeout=(CONNECT_S * 1000, WRITE_S * 1000),
            )

    def query(self, statements: Sequence[str]) -> bytes:
        """The CSV of InfluxQL statements, times in nanoseconds; what found nothing leaves no trace.

        In CSV an error after the first byte, and one of a statement, looks like the end of the data. So a
        last statement is added whose answer is known: it is only run when all the others succeeded.
        """
        answer = self._ask([*statements, _VERSION], "application/csv")
        if not answer.endswith(_VERSION_ANSWER):
            self._fail_query()
        return answer[: max(len(answer) - len(_VERSION_ANSWER) - 1, 0)]  # an empty line parts answers

    def _version(self) -> int | None:
        answer = self._ask([_VERSION], "application/csv")
        return int(answer.splitlines()[1].rpartition(b",")[2]) if answer else None

    def _fail_query(self) -> None:
        """Only JSON tells the error of a statement."""
        results = json.loads(self._ask([_VERSION], "application/json")).get("results", [])
        reason = next((result["error"] for result in results if "error" in result), "its log says why")
        if reason.startswith("database not found"):
            raise self._not_there(reason)
        if not any("error" in result or "series" in result for result in results):
            # The bucket was made anew under us, as `_not_there` says to do.
            self.write([_MARK])
            reason = "it was not marked as ours, and now is; try again"
        raise StoreUnavailable(f"{self._address} broke off a query: {reason}")

    def _ask(self, statements: Sequence[str], accept: str) -> bytes:
        with self._asking() as client:
            response = client.api_client.call_api(
                "/query",
                "POST",
                # Not compressed: that would take the server as long as all the rest.
                header_params={"Accept": accept, "Content-Type": "application/x-www-form-urlencoded"},
                post_params={
                    "db": self._address.bucket,
                    "q": ";".join(statements),
                    "epoch": "ns",
                    "chunked": "true",  # otherwise the server gathers the whole answer in memory
                },
                _return_http_data_only=True,
                _preload_content=False,
            )
            body: bytes = response.data
            return body

    def delete(self, measurement: str, start: int, end: int, device: str | None = None) -> None:
        """Delete a measurement's points in [start, end) ns, of one device or all."""
        chosen = f'_measurement="{measurement}"' + (f' AND device="{device}"' if device else "")
        with self._asking() as client:
            # InfluxDB's stop is inclusive.
            client.delete_api().delete(
                _rfc3339(start), _rfc3339(end - 1), chosen, self._address.bucket, self._address.org
            )

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        """The client for one request, and an error of ours for each of its own."""
        client = self._client
        if client is None:
            raise StoreUnavailable(f"{self._address} is closed")
        try:
            yield client
        except ApiException as error:
            raise self._refusal(error) from error
        except (HTTPError, OSError, InfluxDBError) as error:
            # Without the address of the connection in memory, so that the same reason reads the same again.
            reason = re.sub(r"^<[^>]*>: ", "", str(error))
            raise StoreUnavailable(f"{self._address} cannot be reached: {reason}") from error

    def _refusal(self, error: ApiException) -> StoreError:
        status, message = error.status, error.message
        if status in _REFUSED_ROWS:
            return StoreError(f"{self._address} refused the request: {message}")
        if status in (401, 403):
            return StoreUnavailable(
                f"{self._address} refuses the token ({message}): "
                "set PILOTBED_STORE_TOKEN to one that may read and write this bucket"
            )
        if status == 404:
            return self._not_there(message)
        return StoreUnavailable(f"{self._address} cannot answer now ({status}): {message}")

    def _not_there(self, message: str) -> StoreUnavailable:
        return StoreUnavailable(
            f"{self._address} is not there ({message}): check PILOTBED_STORE, or make it with "
            f"influx bucket create --name {self._address.bucket} --org {self._address.org} --retention 0"
        )


def _rfc3339(nanoseconds: int) -> str:
    seconds, rest = divmod(min(max(nanoseconds, EARLIEST_NS), LATEST_NS), 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
