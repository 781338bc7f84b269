"""The nearest right spelling of a word that is not known."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None where none is alike."""
    matches = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


def hint(word: str, known: Iterable[str]) -> str:
    """`" Did you mean 'x'?"`, or nothing."""
    match = nearest(word, known)
    return f" Did you mean '{match}'?" if match else ""


def listing(words: Iterable[str]) -> str:
    """The words, comma-separated, or `(none)`."""
    return ", ".join(words) or "(none)"
