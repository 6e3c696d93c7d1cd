"""Logs as JSON lines that hold no identity and no clinical value."""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType


class JsonFormatter(logging.Formatter):
    """One JSON object per record.

    An exception is logged by type and stack alone: its message may quote a row (PostgreSQL names the offending values).
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["stack"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _frames(stack: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(stack)]
