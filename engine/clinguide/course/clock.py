"""Times as they are written: RFC 3339 with a zone, and microseconds since the epoch."""

import re
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(?P<zone>Z|[+-]\d{2}:\d{2})?", re.ASCII)
_YEARS = range(1900, 2200)


class TimeError(ValueError):
    """A text that is no time; `code` is that of the problem, `hint` says what to write."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code, self.message, self.hint = code, message, hint


def time_of(text: str) -> int:
    """The microseconds since the epoch of a time with its zone. Raises TimeError."""
    found = _TIME.fullmatch(text)
    if not found:
        raise TimeError("bad-time", f"'{text[:60]}' is not a time", "write it as 2026-03-01T10:00:00Z")
    if not found["zone"]:
        hint = f"write '{text}Z' where it is UTC, else the difference to UTC, as '{text}+01:00'"
        raise TimeError("time-without-zone", f"the time '{text}' has no zone", hint)
    try:
        moment = datetime.fromisoformat(text)
        exact = (moment - _EPOCH) // _MICROSECOND
    except (ValueError, OverflowError):
        raise TimeError("bad-time", f"'{text}' is on no calendar", "check day, month, hour and minute") from None
    if moment.year not in _YEARS:
        raise TimeError("bad-time", f"the year {moment.year} cannot be right", "check the year")
    return exact


def time_text(time: int) -> str:
    """A time in UTC as RFC 3339: "2026-03-04T09:30:00Z"; parts of a second only where there are any."""
    return (_EPOCH + time * _MICROSECOND).isoformat().replace("+00:00", "Z")
