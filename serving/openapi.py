"""The API's own description. Way: serving/openapi.yaml -> here -> /openapi.json and the tests."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import orjson
import yaml


@cache
def openapi_document() -> bytes:
    """Return the OpenAPI document as JSON."""
    return orjson.dumps(yaml.safe_load((files("serving") / "openapi.yaml").read_text()))
