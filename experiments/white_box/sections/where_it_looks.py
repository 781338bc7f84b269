"""Where the models look."""

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

from experiments.white_box.claim import Claim
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.training import Trained
from objloc.data import Sample
from objloc.insight.example import Example
from objloc.insight.maps.explain_maps import explain_maps
from objloc.insight.maps.hires_cam import HiResCam
from objloc.insight.maps.integrated_gradients import IntegratedGradients
from objloc.insight.maps.map_picture import map_picture
from objloc.insight.maps.maps_finding import BOX, CHANCE, MapsFinding
from objloc.insight.maps.method_summary import MethodSummary
from objloc.insight.maps.occlusion import Occlusion
from objloc.insight.maps.trust import Trust
from objloc.insight.subject import SIDES, best_subject

_SHOWN = "hires_cam"


def maps_of(trained: Trained, study: Study) -> MapsFinding:
    """Maps of the same scenes for any model, with their checks."""
    examples = [
        Example(
            name=f"test scene {index}",
            subject=(subject := best_subject(sample.image, _outputs(trained, sample))),
            detected=subject.score >= trained.localizer.score_threshold,
            truth=sample.boxes,
        )
        for index, sample in _with_object(trained, study.size.shown)
    ]
    return explain_maps(
        trained.predictor,
        trained.localizer,
        examples,
        [HiResCam(), IntegratedGradients(), Occlusion()],
        trust=Trust(sanity_examples=1),
    )


def _with_object(trained: Trained, number: int) -> list[tuple[int, Sample]]:
    """The first test scenes that hold an object, with their numbers."""
    source = trained.dataset.split("test")
    samples = ((index, source.sample(0, index)) for index in range(len(source)))
    return list(islice((one for one in samples if len(one[1].boxes)), number))


def _outputs(trained: Trained, sample: Sample) -> Mapping[str, Any]:
    return trained.localizer(sample.image[None], training=False)


def tell_where_it_looks(story: Story, study: Study) -> None:
    """Maps of each side and of objectness, and how far to trust them."""
    story.section("7. Where it looks")
    story.text(
        "A map says which pixels one number of the answer depends on; bright is much. HiResCAM "
        "goes by the gradients at the last map of the backbone, integrated gradients by those at "
        "the pixels, and occlusion hides patches and sees whether the box stays. Each side of the "
        "box is a number of its own, so each has a map of its own: which pixels decide where the "
        "left side is? The box is drawn, the side that is asked about thick."
    )
    findings = [maps_of(trained, study) for trained in study.pair]
    pictures = []
    for trained, finding in zip(study.pair, findings, strict=True):
        subject = finding.examples[0].subject
        for one in finding.of_example(0, _SHOWN):
            if one.map.quantity in SIDES:
                pictures.append(
                    (
                        map_picture(subject, one.map),
                        f"{trained.name}, {one.map.quantity}: {one.own_side:.0%} of the map is on "
                        "this side's half",
                    )
                )
    story.pictures(
        pictures,
        keep_as="maps",
        caption="HiResCAM of the left, top, right and bottom side; above flatten-and-dense, below "
        "the grid",
    )
    story.text(
        "A map can be pretty and wrong. So three things are counted. Does it lie inside the "
        "object, more than its area would have it? When pixels are deleted in its order, does the "
        "answer fall apart early (a small area below the curve), and when they are inserted, does "
        "it come back early (a large one)? And when all weights are shuffled, does the map change? "
        "One that doesn't shows the picture and not the model (Adebayo et al. 2018, “Sanity Checks "
        "for Saliency Maps”)."
    )
    story.table(
        "maps",
        ["model", "method", "inside × area", "own side", "deletion", "insertion", "shuffled"],
        [
            row
            for trained, finding in zip(study.pair, findings, strict=True)
            for row in map_rows(trained, finding)
        ],
        words=(0, 1),
        caption="Means over the maps. Shuffled: the rank correlation with the map of the model "
        "with shuffled weights; it should be near 0.",
    )
    own = [_of(finding, _SHOWN).own_side for finding in findings]
    story.claim(
        Claim(
            "maps_own_side",
            min(own),
            0.6,
            "Each side is decided on its own half of the object: {dense:.0%} of HiResCAM's maps of "
            "a side lie there for flatten-and-dense, {grid:.0%} for the grid (chance: 50%).",
            "Not every side is decided on its own half of the object: {dense:.0%} of HiResCAM's "
            "maps of a side lie there for flatten-and-dense, {grid:.0%} for the grid (chance: "
            "50%).",
            {"dense": own[0], "grid": own[1]},
        )
    )
    for name, trained, finding in zip(("dense", "grid"), study.pair, findings, strict=True):
        model = trained.name if trained is study.dense else f"the {trained.name}"
        tell_trust(story, f"maps_{name}", model, finding)
        story.finding(finding, f"maps/{name}", folded=f"All maps of {trained.name}")
    story.text(
        "What not to conclude: that the network sees only what is bright. A side's number may move "
        "when something appears far away, and a dark place can matter by being black."
    )


def map_rows(trained: Trained, finding: MapsFinding) -> list[list[str]]:
    """A row for each method, and for what has no meaning."""
    titles = {method.name: method.title for method in finding.methods}
    rows = []
    for one in (*finding.summaries(), *finding.reference_summaries()):
        numbers = (
            one.mass_by_area,
            one.own_side,
            one.deletion,
            one.insertion,
            one.sanity_rank_correlation,
        )
        cells = ["–" if number != number else f"{number:.2f}" for number in numbers]
        rows.append([trained.name, titles.get(one.name, one.name), *cells])
    return rows


def tell_trust(story: Story, name: str, model: str, finding: MapsFinding) -> None:
    """What the checks say, of the method that passes them best and of all of them."""
    best = max(finding.summaries(), key=lambda one: one.insertion - one.deletion)
    chance = next(one for one in finding.reference_summaries() if one.name == CHANCE)
    box = next(one for one in finding.reference_summaries() if one.name == BOX)
    titles = {method.name: method.title for method in finding.methods}
    story.claim(
        Claim(
            f"{name}_faithful",
            (best.insertion - best.deletion) - (chance.insertion - chance.deletion),
            0.05,
            f"The most faithful maps of {model} are those of {titles[best.name]}: insertion minus "
            "deletion is {best:.2f}, of random patches {chance:.2f}, of the bare box {box:.2f}.",
            f"No map of {model} is clearly more faithful than random patches: insertion minus "
            f"deletion is {{best:.2f}} at best ({titles[best.name]}), {{chance:.2f}} by chance, "
            "{box:.2f} for the bare box.",
            {
                "best": best.insertion - best.deletion,
                "chance": chance.insertion - chance.deletion,
                "box": box.insertion - box.deletion,
            },
        )
    )
    correlations = {
        titles[one.name]: one.sanity_rank_correlation
        for one in finding.summaries()
        if math.isfinite(one.sanity_rank_correlation)
    }
    most = max(correlations, key=lambda title: correlations[title], default="none")
    worst = correlations.get(most, float("nan"))
    story.claim(
        Claim(
            f"{name}_sane",
            1 - worst,
            0.5,
            f"The maps of {model} are about the model: with all weights shuffled, the rank "
            "correlation with the old map is at most {worst:.2f}.",
            f"Not every map of {model} is about the model: with all weights shuffled, {most} still "
            "draws a map with a rank correlation of {worst:.2f} to the old one. It shows where the "
            "picture has something to be seen, whatever the network makes of it.",
            {"worst": worst},
        )
    )


def _of(finding: MapsFinding, method: str) -> MethodSummary:
    return next(one for one in finding.summaries() if one.name == method)
