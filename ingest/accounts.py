"""Mosquitto's password and ACL files, made from the registry's accounts.

A device may write below its own topic, a bridge what its filters match, the service's own account may read;
nobody may do anything else, and what carries pictures, sound or names is denied to all. The broker reads the
files when it starts and at SIGHUP.
"""

import base64
import hashlib
import os
import secrets
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from ingest.address import BrokerAddress
from ingest.topics import ROOT, TopicFilterError, check_filter
from pilots.errors import InvalidAccount
from pilots.records import Account

PASSWORDS, ACL = "passwords", "acl"
"""The names of the two files."""

READABLE = (f"{ROOT}/#", "$SYS/#")
"""What the service reads: what devices publish, and how the broker fares."""

ROUNDS = 101
"""As `mosquitto_passwd` has it. Our passwords are random, so more rounds would only delay the broker, which
checks every client on its one thread, and all of them at a reload."""

_SALT_BYTES = 12


def new_password() -> str:
    """A random password of 192 bits, of letters, digits, `-` and `_`."""
    return secrets.token_urlsafe(24)


def hash_password(password: str) -> str:
    """The hash by which Mosquitto checks a password: PBKDF2 with SHA-512 and a random salt."""
    return _hash(password, secrets.token_bytes(_SALT_BYTES))


def _hash(password: str, salt: bytes) -> str:
    key = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(key).decode()}"


def check_topic_filter(text: str) -> None:
    """Raises `InvalidAccount` where a bridge cannot be given this: wrong, or of every topic there is."""
    try:
        check_filter(text)
    except TopicFilterError as error:
        raise InvalidAccount(str(error)) from error


def check_account_name(name: str, *, user: str, client_id: str) -> None:
    """Raises `InvalidAccount` for a name under which a client could pass for the service at the broker.

    Clients are known there by the name of their account; ingest's messages wait under `client_id`, and
    under names that begin with it where several workers share the load.
    """
    if name == user:
        raise InvalidAccount(f'"{name}" is the service\'s own user at the broker: choose another name')
    if name.startswith(client_id):
        raise InvalidAccount(
            f'"{name}" begins as the client id of ingest, "{client_id}", and could take its messages: '
            "choose another name"
        )


def password_file(accounts: Iterable[Account], user: str, own_hash: str) -> str:
    """Mosquitto's password file: the service's `user`, then every account."""
    lines = [f"{user}:{own_hash}", *(f"{each.name}:{each.password_hash}" for each in accounts)]
    return "\n".join(lines) + "\n"


def acl_file(
    accounts: Iterable[Account], user: str, readable: Sequence[str] = (), denied: Sequence[str] = ()
) -> str:
    """Mosquitto's ACL: who may read or write which topics; what is not listed is denied.

    The service may read `READABLE` and the topic filters `readable`. Topics that match one of `denied` are
    denied to the service, and to every account whose own filters could match them: Mosquitto looks at what
    is denied before what is allowed, wherever it stands. Raises `InvalidAccount` for a topic filter that
    would say something else there.
    """
    for topic in (*readable, *denied):
        check_topic_filter(topic)
    parts = [_entry(user, denied, "read", dict.fromkeys((*READABLE, *readable)))]
    for each in accounts:
        topics = each.topic_filters if each.device is None else (f"{ROOT}/{each.pilot}/{each.device}/#",)
        for topic in topics:
            check_topic_filter(topic)
        reached = [no for no in denied if any(overlap(no, topic) for topic in topics)]
        parts.append(_entry(each.name, reached, "write", topics))
    return "\n".join(parts)


def _entry(user: str, denied: Iterable[str], access: str, allowed: Iterable[str]) -> str:
    lines = [f"topic deny {topic}" for topic in denied] + [f"topic {access} {topic}" for topic in allowed]
    return "\n".join([f"user {user}", *lines, ""])


def overlap(one: str, other: str) -> bool:
    """Whether there is a topic that both topic filters match."""
    return _overlap(one.split("/"), other.split("/"))


def _overlap(one: Sequence[str], other: Sequence[str]) -> bool:
    if not one or not other:
        # a/# also matches a itself.
        return [*one, *other] in ([], ["#"])
    if "#" in (one[0], other[0]):
        return True
    return (one[0] == other[0] or "+" in (one[0], other[0])) and _overlap(one[1:], other[1:])


def write_accounts(
    folder: Path,
    accounts: Callable[[], Sequence[Account]],
    address: BrokerAddress,
    *,
    client_id: str,
    readable: Sequence[str] = (),
    denied: Sequence[str] = (),
) -> bool:
    """Write both files until they say what the registry says; False when they did already.

    `readable` and `denied` are as in `acl_file`. Other processes may change accounts and write the files
    meanwhile: whoever is last looks again. Raises `InvalidAccount`, `OSError`, or `ValueError` when `address`
    has no user or no password.
    """
    user, password = address.user, address.password
    if not user or not password:
        raise ValueError(f"{address} without user and password")
    written = False
    while True:
        found = accounts()
        for each in found:
            check_account_name(each.name, user=user, client_id=client_id)
        texts = {
            ACL: acl_file(found, user, readable, denied),
            PASSWORDS: password_file(found, user, _own_hash(folder / PASSWORDS, user, password)),
        }
        if all(_text(folder / name) == text for name, text in texts.items()):
            return written
        # Passwords come last: whoever watches that file finds the other one in place.
        for name, text in texts.items():
            _replace(folder / name, text)
        written = True


def _own_hash(passwords: Path, user: str, password: str) -> str:
    """The hash that stands there while it is of this password: a new salt would be a change each time."""
    for line in (_text(passwords) or "").splitlines():
        name, _, standing = line.partition(":")
        parts = standing.split("$")
        if name == user and len(parts) == 5 and _hash(password, base64.b64decode(parts[3])) == standing:
            return standing
    return hash_password(password)


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _replace(file: Path, text: str) -> None:
    """Put a new file in the place of the old one at once, for its owner and its group to read."""
    number, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(number, 0o640)
            os.fsync(number)
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
