"""The page and a service that refuses, asks for a key, is busy or lost, or has a newer model."""

from pathlib import Path

import httpx
from playwright.sync_api import Route, expect

from tests.serving.page.files import BODY_BYTES, BOTH, NO_PICTURE, RED
from tests.serving.page.visitor import PictureFile, Visit
from tests.serving.running_server import running_server

KEY = "open-sesame"


def test_a_file_that_is_no_picture_is_told_so_and_the_others_are_answered(visit: Visit):
    visitor = visit()
    visitor.choose(NO_PICTURE, RED, PictureFile("huge.png", bytes(BODY_BYTES + 1)))
    detail = httpx.post(visitor.address + "/v1/predict", files={"file": NO_PICTURE.content})
    alert = visitor.card("letter.jpg").get_by_role("alert")
    expect(alert).to_contain_text(detail.json()["detail"])
    expect(visitor.card("letter.jpg").get_by_role("button", name="Try again")).to_have_count(0)
    expect(visitor.card("red.png").locator("rect.line")).to_have_count(1)
    expect(visitor.card("huge.png").get_by_role("alert")).to_contain_text("The file is too large")
    assert visitor.refused == ["422 /v1/predict"]
    assert visitor.asked.count("/v1/predict?score_threshold=0") == 2  # the huge one is not sent


def test_the_key_is_asked_for_and_kept_with_the_tab(visit: Visit, model_file: Path):
    with running_server(model_file, api_key=KEY) as address:
        visitor = visit(at=address)
        page = visitor.page
        field = page.get_by_label("This service asks for a key")
        field.fill("wrong")
        field.press("Enter")
        expect(page.get_by_role("alert")).to_have_text("The service does not know this key.")
        field.fill(KEY)
        page.get_by_role("button", name="Use it").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("colours")
        expect(field).to_be_hidden()
        visitor.choose(RED)
        expect(visitor.card("red.png").locator("rect.line")).to_have_count(1)
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_have_text("colours")
        assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]
        assert visitor.refused == ["401 /v1/model"] * 2
        visitor.page.close()


def test_a_newer_models_facts_take_the_place_of_the_old_ones(visit: Visit):
    visitor = visit()
    facts = httpx.get(visitor.address + "/v1/model").json()
    newer = {**facts, "version": "newer", "score_threshold": 0.5}
    answer = httpx.post(visitor.address + "/v1/predict", content=RED.content).json()
    answer["model"]["version"] = "newer"
    visitor.page.route("**/v1/model", lambda route: route.fulfill(json=newer))
    visitor.page.route("**/v1/predict?*", lambda route: route.fulfill(json=answer))
    visitor.choose(RED)
    expect(visitor.page.locator("#model-facts")).to_contain_text("Version newer")
    expect(visitor.page.get_by_role("slider")).to_have_value("0.5")


def test_a_busy_service_is_asked_again_and_a_lost_one_when_told_to(visit: Visit):
    visitor = visit()
    trouble = ["busy", "busy", "", "lost"]

    def meet(route: Route) -> None:
        match trouble.pop(0) if trouble else "":
            case "busy":
                busy = {"title": "Busy", "status": 429, "detail": "256 pictures wait"}
                route.fulfill(status=429, headers={"Retry-After": "0"}, json=busy)
            case "lost":
                route.abort("connectionrefused")
            case _:
                route.continue_()

    visitor.page.route("**/v1/predict?*", meet)
    visitor.choose(RED)
    expect(visitor.card("red.png").locator("rect.line")).to_have_count(1)
    assert visitor.refused == ["429 /v1/predict"] * 2
    visitor.choose(BOTH)
    card = visitor.card("both.png")
    expect(card.get_by_role("alert")).to_contain_text("The service cannot be reached")
    card.get_by_role("button", name="Try again").click()
    expect(card.locator("rect.line")).to_have_count(2)
    expect(card.get_by_role("alert")).to_have_count(0)
