"""`evenhand wallet`: the players' money behind the game providers' own protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

PARTITIONS = 3
"""Of an event log made here; one that is there keeps its own."""
_LEDGER = "sqlite:///PATH or postgresql://...; EVENHAND_LEDGER, else a file in the home."
Ledger = Annotated[str, typer.Option(envvar="EVENHAND_LEDGER", help=_LEDGER)]
Player = Annotated[str, typer.Argument(help="The player's id.")]
Provider = Annotated[str, typer.Argument(help="The provider, as the file names it.")]
OneOf = Annotated[str, typer.Option("--currency", help="Only needed if he has several.")]
Amount = Annotated[str, typer.Argument(help="Whole currency, such as 12.50.")]
Currency = Annotated[str, typer.Argument(help="ISO 4217, such as EUR.")]
Packs = Annotated[
    str,
    typer.Option(envvar="EVENHAND_PACKS", help="Jurisdictions whose rules bind, such as GB,MT."),
]
Overlay = Annotated[
    Path | None, typer.Option(envvar="EVENHAND_OVERLAY", help="The operator's file beside them.")
]
_RUN = """
Answer game providers until interrupted, and tell the event log what moved.

Providers are set up in a YAML file (see docs/wallet.md), each at http://HOST:PORT/PROVIDER/. The
log is EVENHAND_LOG, a SQLite file in the home by default.

Examples:

  evenhand wallet migrate && evenhand wallet run --providers providers.yaml

  evenhand wallet run --no-relay               another process of the same PostgreSQL ledger

  evenhand wallet run --packs GB,MT            with the rules of these jurisdictions
"""


_DEPOSIT = """
Pay in through the sandbox provider, and print each step; ends with 1 if it is not taken.

Examples: evenhand wallet deposit p-1042 20 EUR, with --instrument sandbox-charge-back
"""
_WITHDRAW = """
Pay out through the sandbox provider, and print each step; ends with 1 if it is not taken.

Examples: evenhand wallet withdraw p-1042 12.50 EUR, with --instrument sandbox-delay
"""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Players' money behind providers' protocols.")
    group.command("migrate")(migrate)
    group.command("open")(open_)
    group.command("block")(block)
    group.command("launch")(launch)
    group.command("issue")(issue)
    group.command("deposit", help=_DEPOSIT)(_payment("deposit"))
    group.command("withdraw", help=_WITHDRAW)(_payment("withdrawal"))
    group.command("settle")(settle)
    group.command("run", help=_RUN)(run)
    app.add_typer(group, name="wallet")


def migrate(ledger: Ledger = "") -> None:
    """Bring the ledger's database to this version; safe to call again.

    Example: evenhand wallet migrate --ledger postgresql://evenhand@127.0.0.1/evenhand
    """
    from rich.console import Console

    from core.ledger.migrate import migrate as migrated

    migrated(_address(ledger))
    Console().print("the ledger's tables are those of this version")


def open_(
    player: Player,
    currency: Currency,
    ledger: Ledger = "",
) -> None:
    """Give a player a wallet with empty funds in a currency.

    Example: evenhand wallet open p-1042 EUR
    """
    from core.clock import SystemClock
    from core.ledger.open_ledger import open_backend
    from core.ledger.wallets import open_wallet

    now = SystemClock().now()
    backend = open_backend(_address(ledger))
    open_wallet(backend, player, currency, int(now.timestamp() * 1_000_000))
    backend.close()


def block(
    player: Player,
    state: Annotated[str, typer.Option(help="open, blocked or closed.")] = "blocked",
    ledger: Ledger = "",
) -> None:
    """Block a wallet: no stake and no deposit, while wins, rollbacks and payouts go on.

    Example: evenhand wallet block p-1042, and back: --state open
    """
    from core.ledger.open_ledger import open_backend
    from core.ledger.wallets import set_state

    if state not in {"open", "blocked", "closed"}:
        raise typer.BadParameter("open, blocked or closed", param_hint="--state")
    backend = open_backend(_address(ledger))
    set_state(backend, player, state)
    backend.close()


def launch(  # noqa: PLR0913, PLR0917 - Typer's options
    player: Player,
    provider: Provider,
    game: Annotated[str, typer.Argument(help="The provider's code of the game.")],
    currency: OneOf = "",
    providers: Annotated[Path, typer.Option(help="Which providers are set up.")] = Path(
        "providers.yaml"
    ),
    ledger: Ledger = "",
) -> None:
    """Begin a session for a player and print its secret name, the token, this once.

    Hand it to the provider with the game's address; the ledger keeps only its hash.

    Example: evenhand wallet launch p-1042 caleta cg_magicforest
    """
    from pipelines.wallet_launch import launched_token

    typer.echo(launched_token(_address(ledger), providers, (player, provider, game), currency))


def issue(
    player: Player,
    provider: Provider,
    issue_id: Annotated[str, typer.Argument(help="The provider's id of the issue.")],
    currency: OneOf = "",
    ledger: Ledger = "",
) -> None:
    """Write down to whom an issue of free spins is given; its winnings go there.

    Needed where the end of an issue names no player (SOFTSWISS v1). Once more changes nothing.

    Example: evenhand wallet issue p-1042 games issue-77
    """
    from pipelines.wallet_launch import give_spins

    give_spins(_address(ledger), (player, provider, issue_id), currency)


def run(  # noqa: PLR0913, PLR0917 - Typer's options
    providers: Annotated[Path, typer.Option(help="Which providers are set up.")] = Path(
        "providers.yaml"
    ),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3100,
    relay: Annotated[bool, typer.Option(help="Tell the event log from this process.")] = True,
    packs: Packs = "",
    overlay: Overlay = None,
    ledger: Ledger = "",
) -> None:
    """Answer providers until interrupted."""
    import os
    from contextlib import ExitStack, closing

    from rich.console import Console

    from core.clock import SystemClock
    from core.compliance.opening import guards_of
    from core.ledger.ledger import Ledger as Books
    from core.ledger.open_ledger import lanes_of, open_backend
    from core.wallet.configuration import handlers_of
    from core.wallet.serving import Address, Door, serve

    with ExitStack() as opened:
        backend = opened.enter_context(closing(open_backend(_address(ledger))))
        books = Books(backend, guards_of(_address(ledger), backend, packs, overlay))
        handlers = handlers_of(providers, os.environ, books)
        if relay:
            opened.enter_context(_relaying(_address(ledger)))
        names = ", ".join(sorted(handlers))
        rules = f"rules of {packs}" if packs else "no packs: no jurisdiction's rules are asked"
        Console(stderr=True).print(f"wallet at http://{host}:{port}/ for {names}; {rules}")
        door = Door(books, lanes_of(_address(ledger)))
        serve(door, handlers, SystemClock(), Address(host, port))


Instrument = Annotated[
    str | None, typer.Option(help="sandbox-decline, sandbox-delay, ...: see docs/wallet.md.")
]
PaymentId = Annotated[str, typer.Option("--id", help="Of a payment to ask for again.")]


def _payment(kind: str) -> Callable[..., None]:
    """Return the verb of a kind of payment; both kinds take the same options."""

    def verb(  # noqa: PLR0913, PLR0917 - Typer's options
        player: Player,
        amount: Amount,
        currency: Currency,
        instrument: Instrument = None,
        payment_id: PaymentId = "",
        ledger: Ledger = "",
    ) -> None:
        from core.payments.provider import Kind
        from pipelines.payment_verbs import Asked, pay

        asked = Asked(
            player=player, amount=amount, currency=currency, instrument=instrument,
            payment_id=payment_id,
        )  # fmt: skip
        if not pay(ledger, asked, Kind(kind)):
            raise typer.Exit(1)

    return verb


def settle(
    charged_back_days: Annotated[
        float, typer.Option(min=0, help="Ask again for deposits that ended in the last days.")
    ] = 7,
    ledger: Ledger = "",
) -> None:
    """Hear the sandbox, ask it for payments whose notice was lost, end bonuses that are over.

    Ends with 1 if a payment needs people to look.

    Example: evenhand wallet settle --charged-back-days 120
    """
    from pipelines.payment_verbs import settle as settled

    if not settled(ledger, charged_back_days):
        raise typer.Exit(1)


def _address(ledger: str) -> str:
    from core.settings import settings_from

    return ledger or f"sqlite:///{settings_from().home / 'ledger.sqlite'}"


@contextmanager
def _relaying(ledger: str) -> Iterator[None]:
    """Tell the event log of the environment what the ledger tells, while the body runs."""
    import os
    from contextlib import closing

    from rich.console import Console
    from sqlalchemy import create_engine

    from core.errors import NotReadyError
    from core.ledger.migrate import database_url
    from core.ledger.rates import Rates
    from core.ledger.relay import Relay
    from core.log.open_log import open_log
    from core.settings import settings_from
    from core.wallet.serving import relaying

    console = Console(stderr=True, soft_wrap=True, markup=False)
    settings, rates = settings_from(), os.environ.get("EVENHAND_RATES")
    address = os.environ.get("EVENHAND_LOG") or f"sqlite:///{settings.home / 'log.sqlite'}"
    known = Rates(settings.base_currency, Path(rates) if rates else None)
    engine = create_engine(database_url(ledger))
    try:
        found = open_log(address)
    except NotReadyError:
        found = open_log(address, PARTITIONS)
    with closing(found) as log:
        relay = Relay(engine, log, known, settings.base_currency)
        with relaying(relay, lambda error: console.print(f"{type(error).__name__}: {error}")):
            yield
        for number, reason in relay.stuck.items():
            console.print(f"not told yet: outbox row {number}: {reason}")
    engine.dispose()
