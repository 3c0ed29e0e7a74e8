"""Devices that announced themselves: proposed to be registered, and registered only by somebody."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from pilots import tables
from pilots.records import Proposal
from pilots.registry.devices import DeviceRecords

MAX_PROPOSALS = 1_000
"""Whoever may publish may announce, so the list has an end: the oldest go."""

_proposals = tables.proposals
_devices = tables.devices

_KEY = (_proposals.c.topic_sha256, _proposals.c.adapter, _proposals.c.address)


class ProposalRecords(DeviceRecords):
    """Proposals by the topic that announced them."""

    def propose(self, announced: Mapping[str, Sequence[Proposal]]) -> None:
        """Write what each topic proposes in place of what it proposed before; an empty list takes it back.

        What stands already is not written again. Beyond `MAX_PROPOSALS` the oldest go.
        """
        offers = {_digest(topic): tuple(proposals) for topic, proposals in announced.items()}
        with self._reading() as connection:
            if not _changed(connection, offers):
                return
        now = self._clock()
        with self._writing() as connection:
            changed = _changed(connection, offers)
            for topic in changed:
                connection.execute(delete(_proposals).where(_proposals.c.topic_sha256 == topic))
            rows = [
                {
                    "topic_sha256": topic,
                    "adapter": proposal.adapter,
                    "address": proposal.address,
                    "streams": list(proposal.streams),
                    "proposed_us": now,
                }
                for topic in changed
                for proposal in offers[topic]
            ]
            if rows:
                connection.execute(insert(_proposals), rows[-MAX_PROPOSALS:])
            newest_first = select(*_KEY).order_by(_proposals.c.proposed_us.desc(), *_KEY)
            for old in connection.execute(newest_first.offset(MAX_PROPOSALS)).all():
                this = (column == value for column, value in zip(_KEY, old, strict=True))
                connection.execute(delete(_proposals).where(*this))

    def proposals(self) -> list[Proposal]:
        """What could be registered, by adapter and address; nothing that is, and nothing of unknown kind."""
        with self._reading() as connection:
            registered = {
                (row.adapter, row.address)
                for row in connection.execute(select(_devices.c.adapter, _devices.c.address))
            }
            streams: dict[tuple[str, str], set[str]] = {}
            for row in connection.execute(select(_proposals)):
                if (row.adapter, row.address) not in registered:
                    streams.setdefault((row.adapter, row.address), set()).update(row.streams)
        found = (Proposal(*key, tuple(sorted(given))) for key, given in sorted(streams.items()))
        return [proposal for proposal in found if proposal.kind is not None]


def _changed(connection: Connection, offers: Mapping[str, Sequence[Proposal]]) -> list[str]:
    """Topics that propose something else than what stands."""
    standing: dict[str, set[Proposal]] = {}
    for row in connection.execute(select(_proposals)):
        if row.topic_sha256 in offers:
            proposal = Proposal(row.adapter, row.address, tuple(row.streams))
            standing.setdefault(row.topic_sha256, set()).add(proposal)
    return [topic for topic, proposals in offers.items() if set(proposals) != standing.get(topic, set())]


def _digest(topic: str) -> str:
    return hashlib.sha256(topic.encode("utf-8", "surrogatepass")).hexdigest()
