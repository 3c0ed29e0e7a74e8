"""What a process writes to standard error: for people a line of text, for collectors a JSON object a line."""

import logging
import sys
from typing import Any, Literal

import structlog

LogFormat = Literal["auto", "json", "text"]


def configure_logs(form: LogFormat) -> None:
    """Write our events and those of libraries alike; `auto` is text on a terminal, else JSON.

    Every line has `timestamp` (ISO 8601, UTC), `level` and `event`. Libraries are heard from warnings on.
    """
    to_json = is_json(form)
    before: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    rendering = _as_json() if to_json else _as_text()
    structlog.configure(
        processors=[*before, *rendering],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*before, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(True)


def is_json(form: LogFormat) -> bool:
    return form == "json" or (form == "auto" and not sys.stderr.isatty())


# Tracebacks never with the values of local variables: among them are payloads, home points and tokens.


def _as_json() -> list[Any]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _as_text() -> list[Any]:
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]
