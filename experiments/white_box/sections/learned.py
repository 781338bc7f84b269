"""What was learned: every claim once more, with its number."""

from experiments.white_box.story import Story


def tell_what_was_learned(story: Story) -> None:
    """The list of all claims."""
    story.section("10. What we learned")
    story.text(
        "Every sentence was chosen by the measurement: each has a threshold, and where the number "
        "of this run does not reach it (borne out: no), another sentence stands there."
    )
    story.table(
        "claims",
        ["claim", "number", "needed", "borne out"],
        [
            [
                claim.text,
                f"{claim.number:.3f}",
                f"{claim.threshold:.3f}",
                "yes" if claim.holds else "no",
            ]
            for claim in story.claims
        ],
        words=(0, 3),
    )
