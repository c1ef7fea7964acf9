"""What a verdict leaves behind, as rows. Way: guard, desk -> here -> books, one transaction.

standing (changed) + log entries (chained when written) + duties + what registers are to be told
+ outbox + the standing of then
"""

from __future__ import annotations

import msgspec

from core.audit.entry import body_of
from core.compliance.check import Case
from core.compliance.entry import entries_of
from core.compliance.finding import Verdict
from core.compliance.requests.protection import DutyDone
from core.compliance.standing import Standing
from core.compliance.standing_rows import put_standing
from core.compliance.telling import told_of
from core.ledger.books import Books
from core.ledger.calls import Action, Call
from core.ledger.posting import outgoing
from core.ledger.rule_rows import Duty, KeptStanding, Logged, RegisterMessage
from core.registers.due import DueMessage, due_messages

PROVIDER = "compliance"


def put_records(books: Books, case: Case, verdict: Verdict, standing: Standing, call: Call) -> None:
    """Write what a verdict leaves behind; `call` says under which trace downstream hears of it."""
    put_standing(books, standing)
    entries = list(entries_of(case, verdict, call.trace_id))
    for entry in entries:
        put_entry(books, chain_of(standing.jurisdiction), entry)
    if entries:
        books.put(
            KeptStanding(
                standing_hash=entries[0].standing_hash, player=standing.player, at_us=case.at_us,
                body=msgspec.json.encode(case.standing).decode(),
            )
        )  # fmt: skip
    for finding in verdict.findings:
        if finding.duty:
            books.put(
                Duty(
                    duty_id=books.new_id(), player=standing.player,
                    jurisdiction=standing.jurisdiction, kind=finding.duty, rule=finding.rule,
                    opened_us=case.at_us, due_us=finding.due_us, state="active", done_us=None,
                    staff_id="", result="",
                )
            )  # fmt: skip
    if isinstance(case.request, DutyDone):
        close_duties(books, case, case.request)
    for due in due_messages(case, verdict, standing):
        put_message(books, case, due)
    action = Action(case.request.kind, case.request.request_id[:255])
    for kind, details in told_of(case, verdict, standing):
        books.put(outgoing(books.new_id(), call, action, kind, {"details": details}))


def put_message(books: Books, case: Case, due: DueMessage) -> None:
    """Write down what a register is to be told, so that it is told whatever happens to us."""
    books.put(
        RegisterMessage(
            player=case.standing.player, message_no=books.new_id(), jurisdiction=case.pack.pack,
            register=due.register, kind=due.kind, payment_id=due.payment_id, amount=due.amount,
            currency=due.currency, period=due.period, at_us=case.at_us, state="due",
        )
    )  # fmt: skip


def close_duties(books: Books, case: Case, done: DutyDone) -> None:
    """Write down that a player's active duties of a kind are done, by whom and with what result."""
    for duty in list(books.of(Duty, case.standing.player)):
        if duty.state == "active" and duty.kind == done.duty_kind:
            books.put(
                msgspec.structs.replace(
                    duty, state="done", done_us=case.at_us, staff_id=done.staff_id,
                    result=done.result,
                )
            )  # fmt: skip


def put_entry(books: Books, chain: str, entry: msgspec.Struct) -> None:
    """Put an entry of the log among the rows; it is chained as it is written."""
    body = body_of(entry)
    books.put(
        Logged(
            number=books.new_id(), chain=chain, body=body.text, at_us=body.at_us,
            player=body.player, event=body.event, rule_id=body.rule_id,
        )
    )  # fmt: skip


def chain_of(jurisdiction: str) -> str:
    """Return the chain of a jurisdiction's log."""
    return f"rg:{jurisdiction}"
