"""What `evenhand registers` does. Way: command line -> here -> core.registers."""

from __future__ import annotations

from core.clock import SystemClock
from core.errors import DeclarationError
from core.registers.declaration import known_registers
from core.registers.sandbox import SandboxApp

KEEP_ALIVE_S = 75


def serve_sandbox(names: tuple[str, ...], host: str, port: int) -> None:
    """Play registers until SIGTERM or SIGINT.

    Raises:
        DeclarationError: a name is no register's.
    """
    import uvicorn

    for name in names:
        if name not in known_registers():
            raise DeclarationError(
                f"register {name!r}", expected=f"one of {', '.join(known_registers())}"
            )
    app = SandboxApp(SystemClock(), names)
    uvicorn.run(
        app, host=host, port=port, log_level="warning", access_log=False,
        timeout_keep_alive=KEEP_ALIVE_S,
    )  # fmt: skip
