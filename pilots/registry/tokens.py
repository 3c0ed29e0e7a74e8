"""Tokens, one-time login links and browser sessions. Only SHA-256 of each secret is stored."""

import hashlib
import secrets

from sqlalchemy import Connection, Row, delete, insert, select, update

from pilots import tables
from pilots.errors import InvalidToken
from pilots.records import Token
from pilots.registry.pilots import PilotRecords, require_pilot
from pilots.roles import ROLES

_LOGIN_US = 15 * 60 * 1_000_000
"""A login link is used at once or not at all; it passes through a terminal's history."""

_SESSION_US = 12 * 3600 * 1_000_000
"""One working day: tomorrow one logs in again."""

_DAY_US = 24 * 3600 * 1_000_000
_LONGEST_DAYS = 3650
_TOKEN, _LOGIN, _SESSION = "token", "login", "session"

_tokens = tables.tokens


class TokenRecords(PilotRecords):
    """Secrets that open the API, each with a role, a pilot and an expiry."""

    def create_token(
        self, role: str, pilot: str | None = None, days: float = 365, note: str = ""
    ) -> tuple[int, str]:
        """A new token's id and its secret, which is shown only now.

        Raises `InvalidToken` for an unknown role, a role other than admin without a pilot, or a lifetime
        that is not above 0 and at most 3650 days.
        """
        if not 0 < days <= _LONGEST_DAYS:
            raise InvalidToken(
                f"a token cannot last {days} days: choose more than 0 and at most {_LONGEST_DAYS}"
            )
        with self._writing() as connection:
            return self._create(connection, _TOKEN, role, pilot, int(days * _DAY_US), note)

    def token(self, secret: str) -> Token | None:
        """What the secret of a token or a session opens; None when unknown, expired or revoked."""
        with self._reading() as connection:
            token = _find(connection, secret, (_TOKEN, _SESSION))
        return token if token is not None and self._valid(token) else None

    def tokens(self) -> list[Token]:
        """All tokens by id, the expired and revoked too; no logins, no sessions."""
        query = select(_tokens).where(_tokens.c.purpose == _TOKEN).order_by(_tokens.c.id)
        with self._reading() as connection:
            return [_read(row) for row in connection.execute(query)]

    def revoke_token(self, id: int) -> bool:  # noqa: A002 - the word that tokens are listed by
        """Revoke a token or a session for good; False when there is none of that id, or it was already."""
        revoked = update(_tokens).where(_tokens.c.id == id, _tokens.c.revoked.is_(False))
        with self._writing() as connection:
            return connection.execute(revoked.values(revoked=True)).rowcount == 1

    def create_login(self, role: str, pilot: str | None = None) -> str:
        """The secret of a login link that works once, within 15 minutes. Raises as `create_token`."""
        with self._writing() as connection:
            passing = _tokens.c.purpose.in_((_LOGIN, _SESSION))
            connection.execute(delete(_tokens).where(passing, _tokens.c.expires_us <= self._clock()))
            return self._create(connection, _LOGIN, role, pilot, _LOGIN_US, "")[1]

    def redeem_login(self, secret: str) -> tuple[Token, str] | None:
        """Use up a login link: the session it opens, for 12 hours, and the session's secret.

        None when the link is unknown, expired, or used before.
        """
        with self._writing() as connection:
            login = _find(connection, secret, (_LOGIN,))
            if login is None or not self._valid(login):
                return None
            connection.execute(update(_tokens).where(_tokens.c.id == login.id).values(revoked=True))
            _, session_secret = self._create(connection, _SESSION, login.role, login.pilot, _SESSION_US, "")
            session = _find(connection, session_secret, (_SESSION,))
            assert session is not None  # it was inserted in this transaction
            return session, session_secret

    def _create(
        self, connection: Connection, purpose: str, role: str, pilot: str | None, lasts_us: int, note: str
    ) -> tuple[int, str]:
        if role not in ROLES:
            raise InvalidToken(f'there is no role "{role}": choose among {", ".join(ROLES)}')
        if pilot is None and role != "admin":
            raise InvalidToken(f"role {role} is for one pilot: name it, as --pilot PILOT")
        if pilot is not None:
            require_pilot(connection, pilot)
        secret = secrets.token_urlsafe(32)
        created = self._clock()
        values = {
            "purpose": purpose,
            "secret_sha256": _digest(secret),
            "role": role,
            "pilot": pilot,
            "note": note,
            "created_us": created,
            "expires_us": created + lasts_us,
            "revoked": False,
        }
        inserted = connection.execute(insert(_tokens).returning(_tokens.c.id), values)
        return int(inserted.scalar_one()), secret

    def _valid(self, token: Token) -> bool:
        return not token.revoked and self._clock() < token.expires_us


def _find(connection: Connection, secret: str, purposes: tuple[str, ...]) -> Token | None:
    digest = _digest(secret)
    row = connection.execute(select(_tokens).where(_tokens.c.secret_sha256 == digest)).one_or_none()
    if row is None or row.purpose not in purposes:
        return None
    return _read(row)


def _digest(secret: str) -> str:
    # Whatever a header can hold has a digest, half surrogates too: a bad secret is unknown, never an error.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _read(row: Row[tuple[object, ...]]) -> Token:
    return Token(row.id, row.role, row.pilot, row.expires_us, row.created_us, row.note, row.revoked)
