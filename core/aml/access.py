"""Who may look at and decide what the desk holds. Way: verbs, console -> here -> desk.

Two roles: `aml` looks, works and decides; `aml_admin` gives roles and sees nothing else. Each look
is told in the chain `aml:<jurisdiction>` before the answer leaves.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.engine import Connection

from core.aml.policy import policies
from core.aml.schema import STAFF
from core.aml.words import check_name
from core.audit.append import append
from core.errors import EvenhandError

ROLES = ("aml", "aml_admin")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class AccessError(EvenhandError):
    """Somebody asked who has not the role."""


def chain_of(jurisdiction: str) -> str:
    """Return the desk's chain of a jurisdiction."""
    return f"aml:{jurisdiction}"


def log(connection: Connection, jurisdiction: str, *bodies: dict[str, Any]) -> None:
    """Append to the desk's chain of a jurisdiction."""
    append(connection, chain_of(jurisdiction), bodies)


def body(event: str, at_us: int, staff_id: str, jurisdiction: str, **inputs: Any) -> dict[str, Any]:
    """Return what the chain says of a step; `at_us` in UTC. A `player` is what it is found by."""
    ts_utc = (_EPOCH + timedelta(microseconds=at_us)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    player = inputs.pop("player", "")
    return {
        "at_us": at_us, "ts_utc": ts_utc, "event": event, "staff_id": staff_id,
        "actor": "staff" if staff_id else "system", "jurisdiction": jurisdiction,
        "player_id": player, "inputs": inputs,
    }  # fmt: skip


def give_role(
    connection: Connection, staff_id: str, jurisdiction: str, by: tuple[str, int, str]
) -> None:
    """Give a role: `by` is the role, the instant and who gives it.

    The first of a jurisdiction, an `aml_admin`, is given by whoever owns the database; after him
    only an `aml_admin` gives one, and none to himself. Nobody has both roles: who gives them sees
    nothing else.

    Raises:
        AccessError: the giver may not, or there is no such role or desk.
        WordsError: the name is none that could be kept.
    """
    role, at_us, given_by = by
    check_name(staff_id, "a member of staff")
    if role not in ROLES:
        raise AccessError(f"a role {role!r}", expected=f"one of {', '.join(ROLES)}")
    if jurisdiction not in policies():
        raise AccessError(f"a desk of {jurisdiction[:40]!r}", expected=", ".join(policies()))
    is_first = not connection.execute(
        select(STAFF.c.staff_id).where(STAFF.c.jurisdiction == jurisdiction)
    ).first()
    if is_first and role != "aml_admin":
        raise AccessError("nobody gives roles here yet", expected="an aml_admin first")
    if not is_first:
        check_role(connection, given_by, jurisdiction, "aml_admin")
        if given_by == staff_id:
            raise AccessError(f"{given_by} gives himself a role", expected="another's hand")
    mine = select(STAFF.c.role).where(
        STAFF.c.staff_id == staff_id, STAFF.c.jurisdiction == jurisdiction
    )
    held = set(connection.execute(mine).scalars())
    if held:
        raise AccessError(f"{staff_id} has a role in {jurisdiction}", expected="one role a person")
    row = {"staff_id": staff_id, "jurisdiction": jurisdiction, "role": role}
    connection.execute(insert(STAFF).values(**row, since_us=at_us, given_by=given_by))
    log(connection, jurisdiction, body("AML_ROLE_GIVEN", at_us, given_by, jurisdiction,
                                       to=staff_id, role=role))  # fmt: skip


def check_role(connection: Connection, staff_id: str, jurisdiction: str, role: str = "aml") -> None:
    """Refuse who has not a role in a jurisdiction.

    Raises:
        AccessError: it is so.
    """
    wanted = select(STAFF.c.role).where(
        STAFF.c.staff_id == staff_id, STAFF.c.jurisdiction == jurisdiction, STAFF.c.role == role
    )
    if not staff_id or connection.execute(wanted).first() is None:
        raise AccessError(
            f"{staff_id or 'nobody'} has not the role {role} in {jurisdiction}",
            hint="an aml_admin gives it: `evenhand aml staff`",
        )


def jurisdictions_of(connection: Connection, staff_id: str) -> list[str]:
    """Return where somebody has the role `aml`, sorted."""
    wanted = select(STAFF.c.jurisdiction).where(STAFF.c.staff_id == staff_id, STAFF.c.role == "aml")
    return sorted(connection.execute(wanted).scalars())
