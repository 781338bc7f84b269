"""The score from which on a detection is told: what a client may ask for."""

from urllib.parse import parse_qsl

from objloc.serving.request_error import RequestError

NAME = "score_threshold"
_QUERY = "the query string"


def from_query(query: bytes) -> float | None:
    """What a query string asks for; None where it asks for nothing.

    Raises:
        RequestError: it asks for what is none, or for something else.
    """
    if not query:
        return None
    try:
        pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=8)
    except ValueError:
        raise _wrong(_QUERY, "it has too many parameters") from None
    found: float | None = None
    for name, value in pairs:
        if name != NAME or found is not None:
            raise _wrong(_QUERY, f"it takes one parameter, {NAME}, once; not {name[:40]!r}")
        found = from_text(value)
    return found


def from_text(text: str) -> float:
    """What a text asks for.

    Raises:
        RequestError: no number from 0 to 1.
    """
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    return check(value, text)


def check(value: float, text: str | None = None) -> float:
    """The value itself.

    Raises:
        RequestError: it is not from 0 to 1.
    """
    if not 0 <= value <= 1:  # NaN is not, either
        said = "it" if text is None else repr(text[:40])
        raise _wrong(NAME, f"{said} is no number from 0 to 1")
    return float(value)


def _wrong(place: str, what: str) -> RequestError:
    return RequestError(422, "wrong-parameter", "Wrong parameter", f"{place}: {what}")
