"""How the models break."""

from collections.abc import Sequence

from experiments.white_box.claim import Claim
from experiments.white_box.story import Story
from experiments.white_box.study import Study
from experiments.white_box.training import Trained
from objloc.insight.probes.overview import good_range, worst
from objloc.insight.probes.probes import run_probes
from objloc.insight.probes.probes_finding import ProbesFinding

CONDITIONS = ("size", "object_contrast", "noise", "blur", "occlusion")

_RECALLS = (
    "contrast {grid_object_contrast:.2f} (flatten-and-dense: {dense_object_contrast:.2f}), noise "
    "{grid_noise:.2f} ({dense_noise:.2f}), blur {grid_blur:.2f} ({dense_blur:.2f}), occlusion "
    "{grid_occlusion:.2f} ({dense_occlusion:.2f})"
)


def probed(trained: Trained, study: Study, conditions: Sequence[str] = CONDITIONS) -> ProbesFinding:
    """One thing about the scenes changed at a time."""
    return run_probes(
        trained.predictor,
        trained.dataset,
        probes=conditions,
        scenes_per_value=study.size.probed,
    )


def tell_how_it_breaks(story: Story, study: Study) -> None:
    """Size, contrast, noise, blur, occlusion."""
    story.section("8. How it breaks")
    story.text(
        "Scenes are made by us, so one thing about them can be changed and everything else left as "
        "it is. Found means an IoU of at least .5 (and a score over the model's threshold); recall "
        "is the share that is found. All but the sizes is beyond what was trained: rectangles were "
        "always pure white on pure black, sharp and whole. A trained range is no proof that the "
        "model holds inside of it, nor a fault outside of it: nobody asked for it."
    )
    findings = [probed(trained, study) for trained in study.pair]
    by_name = [
        {one.curve.condition.name: one.curve for one in finding.curves} for finding in findings
    ]
    names = [trained.name for trained in study.pair]
    story.table(
        "breaks",
        [
            "what is changed",
            *(f"{name}: {what}" for name in names for what in ("recall ≥ .9", "lowest recall")),
        ],
        break_rows(findings),
        words=(0, 1, 2, 3, 4),
        caption=f"{study.size.probed} scenes at every value.",
    )
    (dense, dense_most), (grid, grid_most) = (
        [one.size.value for one in sorted(finding.smallest, key=lambda one: one.target)]
        for finding in findings
    )
    numbers = {"dense": dense, "grid": grid, "dense_most": dense_most, "grid_most": grid_most}
    story.claim(
        Claim(
            "smallest_object",
            min(dense - grid, dense_most - grid_most),
            2.0,
            "The grid finds smaller rectangles: half of them from {grid:.0f} pixels on and 95% "
            "from {grid_most:.0f} pixels on, flatten-and-dense from {dense:.0f} and "
            "{dense_most:.0f}.",
            "The grid does not clearly find smaller rectangles: half of them from {grid:.0f} "
            "pixels on and 95% from {grid_most:.0f} pixels on, flatten-and-dense from "
            "{dense:.0f} and {dense_most:.0f}.",
            numbers,
        )
    )
    recalls = [
        {name: float(curve.found.mean()) for name, curve in curves.items() if name != "size"}
        for curves in by_name
    ]
    story.claim(
        Claim(
            "grid_tougher",
            float(sum(recalls[1][name] > recalls[0][name] for name in recalls[0])),
            3.0,
            f"The grid is the tougher one: over all values tried, its recall is higher in "
            f"{{number:.0f}} of {len(recalls[0])} conditions: {_RECALLS}.",
            f"The grid is not clearly tougher: over all values tried, its recall is higher in "
            f"{{number:.0f}} of {len(recalls[0])} conditions: {_RECALLS}.",
            {
                f"{head}_{name}": recall
                for head, by_condition in zip(("dense", "grid"), recalls, strict=True)
                for name, recall in by_condition.items()
            },
        )
    )
    for trained, finding in zip(study.pair, findings, strict=True):
        story.finding(finding, f"probes/{trained.name}", folded=f"All curves of {trained.name}")


def break_rows(findings: Sequence[ProbesFinding]) -> list[list[str]]:
    """A row for each condition: where nearly all is found, and where least, model by model."""
    rows = []
    for curves in zip(*(finding.curves for finding in findings), strict=True):
        cells = [curves[0].curve.condition.title]
        for one in curves:
            lowest, where = worst(one.curve)
            cells += [good_range(one.curve), f"{lowest:.2f} at {where}"]
        rows.append(cells)
    return rows
