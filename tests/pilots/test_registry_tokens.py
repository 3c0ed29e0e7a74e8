"""Tokens, one-time logins and sessions: shown once, stored as a hash, and ending."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pilots.errors import InvalidToken, UnknownPilot
from pilots.registry import ROLES, Registry
from tests.pilots.conftest import ON_SQLITE, Clock


def test_a_secret_opens_what_its_token_was_made_for(registry: Registry, clock: Clock) -> None:
    number, secret = registry.create_token("leader", "natt", days=2, note="Eva's laptop")
    token = registry.token(secret)
    assert token is not None
    assert (token.id, token.role, token.pilot, token.note) == (number, "leader", "natt", "Eva's laptop")
    assert token.expires_us - clock() == 2 * 86_400_000_000


@pytest.mark.parametrize("secret", ["", "x", "ä", "\ud800", "a" * 10_000])
def test_an_unknown_secret_opens_nothing(registry: Registry, secret: str) -> None:
    registry.create_token("admin")
    assert registry.token(secret) is None
    assert registry.redeem_login(secret) is None


def test_a_token_ends_at_its_expiry(registry: Registry, clock: Clock) -> None:
    _, secret = registry.create_token("admin", days=1)
    clock.go_on(86_399)
    assert registry.token(secret) is not None
    clock.go_on(1)
    assert registry.token(secret) is None


def test_a_revoked_token_opens_nothing_and_is_revoked_once(registry: Registry) -> None:
    number, secret = registry.create_token("admin")
    _, other = registry.create_token("admin")
    assert registry.revoke_token(number)
    assert registry.token(secret) is None
    assert registry.token(other) is not None
    assert not registry.revoke_token(number)
    assert not registry.revoke_token(999)
    assert [token.revoked for token in registry.tokens()] == [True, False]


@ON_SQLITE
def test_the_secret_is_256_bits_and_not_in_the_file(registry: Registry, tmp_path: Path) -> None:
    _, secret = registry.create_token("admin")
    login = registry.create_login("admin")
    assert len(secret) == 43
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert secret.encode() not in stored
    assert login.encode() not in stored


def test_every_role_but_admin_is_for_one_pilot(registry: Registry) -> None:
    for role in ROLES:
        registry.create_token(role, "natt")
    registry.create_token("admin")
    for role in ROLES[1:]:
        with pytest.raises(InvalidToken, match=f"role {role} is for one pilot"):
            registry.create_token(role)


def test_a_token_that_cannot_be_is_refused(registry: Registry) -> None:
    with pytest.raises(InvalidToken, match='no role "boss": choose among admin, leader'):
        registry.create_token("boss", "natt")
    with pytest.raises(UnknownPilot):
        registry.create_token("leader", "dag")
    for days in (0, -1, 4000, float("nan")):
        with pytest.raises(InvalidToken, match="cannot last"):
            registry.create_token("admin", days=days)
    assert registry.tokens() == []


def test_a_login_opens_one_session_of_twelve_hours(registry: Registry, clock: Clock) -> None:
    login = registry.create_login("leader", "natt")
    redeemed = registry.redeem_login(login)
    assert redeemed is not None
    session, secret = redeemed
    assert (session.role, session.pilot) == ("leader", "natt")
    assert registry.token(secret) == session
    assert registry.redeem_login(login) is None
    clock.go_on(12 * 3600)
    assert registry.token(secret) is None


def test_a_login_ends_after_fifteen_minutes(registry: Registry, clock: Clock) -> None:
    login = registry.create_login("admin")
    clock.go_on(900)
    assert registry.redeem_login(login) is None


def test_a_login_is_no_token_and_a_token_is_no_login(registry: Registry) -> None:
    _, secret = registry.create_token("admin")
    assert registry.token(registry.create_login("admin")) is None
    assert registry.redeem_login(secret) is None


def test_a_session_can_be_ended_and_is_not_listed(registry: Registry) -> None:
    redeemed = registry.redeem_login(registry.create_login("admin"))
    assert redeemed is not None
    session, secret = redeemed
    assert registry.tokens() == []
    assert registry.revoke_token(session.id)
    assert registry.token(secret) is None


def test_of_many_who_follow_one_link_one_comes_in(registry: Registry) -> None:
    login = registry.create_login("admin")
    with ThreadPoolExecutor(8) as threads:
        opened = list(threads.map(registry.redeem_login, [login] * 16))
    assert sum(each is not None for each in opened) == 1
