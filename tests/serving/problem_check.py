"""What every problem document must be like."""

from tests.serving.wire import WireAnswer


def assert_problem(answer: WireAnswer, status: int, kind: str) -> None:
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    problem = answer.json
    assert problem["type"] == f"/problems/{kind}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert set(problem) <= {"type", "title", "status", "detail", "request_id", "error"}
    said = answer.body.decode()
    for internal in ("Traceback", ".py", "site-packages", "0x7f"):
        assert internal not in said
