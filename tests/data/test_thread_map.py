import threading

import pytest

from objloc.data.thread_map import thread_map


@pytest.mark.parametrize("count", [0, 1, 64, 65, 1000])
@pytest.mark.parametrize("text", [None, "squaring"])
def test_results_come_in_the_order_of_the_items(count: int, text: str | None):
    assert thread_map(lambda n: n * n, range(count), text) == [n * n for n in range(count)]


def test_many_items_are_worked_on_at_once():
    # Each of the first items of three chunks waits for the others: one thread would never end.
    together = threading.Barrier(3, timeout=20)

    def meet(number: int) -> int:
        return together.wait() if number % 64 == 0 else 0

    thread_map(meet, range(3 * 64))


def test_an_error_reaches_the_caller():
    with pytest.raises(ZeroDivisionError):
        thread_map(lambda n: 1 // (n - 100), range(200), "dividing")
