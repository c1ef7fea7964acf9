"""Devices and addresses. Way: platform -> here -> fraud velocity and shared-identity features."""

from __future__ import annotations

from typing import ClassVar

from core.events.fact import Fact
from core.events.families.player import DeviceType


class DeviceSeen(Fact, frozen=True, kw_only=True):
    """A device fingerprint and address were met at login or payment, as opaque tokens."""

    family: ClassVar[str] = "device"
    device_id: str
    ip: str | None = None
    device_type: DeviceType = "unknown"
