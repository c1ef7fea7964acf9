"""Fast Track's real-time messages, both ways. Way: CRM feed -> importer -> events -> exporter.

Outside a payload stands the message's kind (`CASINO`): in RabbitMQ as the property `type`, in Kafka
as the header `type`. A payload may hold a `type` of its own (`Bet`), so the two are never mixed: in
files a line is `{"type": "CASINO", "payload": {...}}`, see `core.events.fasttrack.line`.

What the slim messages do not carry, and what stands in its place, is said in each file of `kinds`.
"""

from core.events.fasttrack.exporter import Message, export_message
from core.events.fasttrack.importer import import_message
from core.events.fasttrack.line import import_line, message_line

__all__ = ["Message", "export_message", "import_line", "import_message", "message_line"]
