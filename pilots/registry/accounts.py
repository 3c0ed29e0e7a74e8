"""Accounts at the broker. Passwords are known here by the hash that the broker checks, never themselves."""

from collections.abc import Sequence

from sqlalchemy import delete, select

from pilots import tables
from pilots.errors import AccountExists, InvalidAccount
from pilots.records import Account
from pilots.registry.database import upsert
from pilots.registry.devices import NAME, DeviceRecords, require_device
from pilots.registry.pilots import require_pilot

_accounts = tables.accounts
_devices = tables.devices


class AccountRecords(DeviceRecords):
    """Accounts by name, unique among devices and bridges."""

    def set_account(
        self,
        name: str,
        password_hash: str,
        *,
        pilot: str | None = None,
        topic_filters: Sequence[str] = (),
    ) -> Account:
        """Give the pilot's device `name` an account; without `pilot`, give one to a bridge of that name.

        A device may publish below its own topic, a bridge what `topic_filters` match. An account that the
        device or the bridge has is replaced. Raises `UnknownDevice`, `AccountExists` when a device and a
        bridge would share the name, or `InvalidAccount` for a bridge's name or a bridge without filters.
        """
        account = Account(
            name, pilot, name if pilot else None, tuple(topic_filters), password_hash, self._clock()
        )
        with self._writing() as connection:
            if pilot is None:
                _check_bridge(account)
                device = select(_devices.c.pilot).where(_devices.c.device == name)
                owner = connection.execute(device).scalar()
                if owner is not None:
                    raise AccountExists(
                        f'bridge "{name}": a device of pilot "{owner}" has that name: choose another'
                    )
            else:
                require_pilot(connection, pilot)
                require_device(connection, pilot, name)
                bridge = select(_accounts.c.name).where(_accounts.c.name == name, _accounts.c.pilot.is_(None))
                if connection.execute(bridge).scalar() is not None:
                    raise AccountExists(
                        f'device "{name}": a bridge has an account of that name: remove it with '
                        f"`pilotbed bridge remove {name}`, or add the device under another name"
                    )
            connection.execute(
                upsert(connection, _accounts),
                {
                    "name": name,
                    "pilot": pilot,
                    "device": account.device,
                    "topic_filters": list(account.topic_filters),
                    "password_hash": password_hash,
                    "created_us": account.created_us,
                },
            )
        return account

    def accounts(self) -> list[Account]:
        """All accounts by name."""
        with self._reading() as connection:
            rows = connection.execute(select(_accounts).order_by(_accounts.c.name))
            return [
                Account(r.name, r.pilot, r.device, tuple(r.topic_filters), r.password_hash, r.created_us)
                for r in rows
            ]

    def remove_account(self, name: str, *, pilot: str | None = None) -> bool:
        """Remove the account of the pilot's device, or without `pilot` of the bridge; False when none was.

        Raises `UnknownDevice` for a device that the pilot has not.
        """
        removed = delete(_accounts).where(
            _accounts.c.name == name, _accounts.c.pilot.is_not_distinct_from(pilot)
        )
        with self._writing() as connection:
            if pilot is not None:
                require_pilot(connection, pilot)
                require_device(connection, pilot, name)
            return connection.execute(removed).rowcount == 1


def _check_bridge(account: Account) -> None:
    if not NAME.fullmatch(account.name):
        raise InvalidAccount(f'bridge "{account.name}": a name is 1-64 of A-Z a-z 0-9 _ . -')
    if not account.topic_filters:
        raise InvalidAccount(f'bridge "{account.name}": name what it may publish, as --topic FILTER')
