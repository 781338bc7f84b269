import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from objloc.data.files import Annotations
from objloc.data.files.annotations import NO_SPLIT, SPLITS
from objloc.data.files.content_digest import content_digests
from objloc.data.files.content_split import SplitRule, split_pictures, stratify
from objloc.data.same_pictures import copies_among
from objloc.errors import ConfigError
from tests.data.files.labels import Picture, table

TRAIN, VAL, TEST = range(3)
BOX = (0.0, 0.0, 5.0, 5.0)


def digests_of(contents: Sequence[object]) -> list[bytes | None]:
    return [None if c is None else hashlib.sha256(str(c).encode()).digest() for c in contents]


def labelled(classes: Sequence[Sequence[str]], splits: Sequence[str | None] = ()) -> Annotations:
    """Pictures with one object of each class that is named, repeats included."""
    splits = list(splits) or [None] * len(classes)
    return table(
        Path("/nowhere"),
        [
            Picture(f"{number}.jpg", [(name, BOX) for name in names], split=split)
            for number, (names, split) in enumerate(zip(classes, splits, strict=True))
        ],
        class_names=sorted({name for names in classes for name in names}) or ["cat"],
    )


def random_set(count: int, seed: int = 0) -> tuple[Annotations, list[bytes | None]]:
    """Pictures of five classes, one common and one rare, a tenth of them empty."""
    rng = np.random.default_rng(seed)
    chances = {"a": 0.6, "b": 0.3, "c": 0.15, "d": 0.08, "e": 0.04}
    classes = [
        [] if rng.random() < 0.1 else [name for name, p in chances.items() if rng.random() < p]
        for _ in range(count)
    ]
    return labelled(classes), digests_of([f"{seed}-{number}" for number in range(count)])


def presence(labels: Annotations) -> np.ndarray:
    """(pictures, classes + 1): whether each class, and nothing at all, is in each picture."""
    found = np.zeros((len(labels), len(labels.class_names) + 1), bool)
    for image in range(len(labels)):
        found[image, labels.labels[labels.objects(image)]] = True
    found[~found.any(axis=1), -1] = True
    return found


CONTENT = SplitRule(own=False)


def test_shares_are_kept_for_every_class_and_for_empty_pictures():
    labels, digests = random_set(600)
    splits = split_pictures(labels, digests, CONTENT)
    found = presence(labels)
    for split, share in ((VAL, 0.15), (TEST, 0.15), (TRAIN, 0.7)):
        assert abs((splits == split).sum() - share * 600) <= 6  # one picture in a hundred
        off = found[splits == split].sum(axis=0) - share * found.sum(axis=0)
        assert np.abs(off).max() <= 2, off


def test_it_spreads_classes_better_than_chance():
    labels, digests = random_set(120)
    found = presence(labels)

    def off(splits: np.ndarray) -> float:
        wanted = 0.15 * found.sum(axis=0)
        return float(np.abs(found[splits == TEST].sum(axis=0) - wanted).sum())

    rng = np.random.default_rng(0)
    by_chance = [off(rng.permutation([TEST] * 18 + [TRAIN] * 102)) for _ in range(500)]
    ours = off(split_pictures(labels, digests, CONTENT))
    assert ours < np.quantile(by_chance, 0.01)


def test_identical_pictures_stay_together():
    # Each content three times, under names and places far apart, with different labels.
    labels = labelled([["a"], ["b"], []] * 100)
    contents = [number % 100 for number in range(300)]
    for rule in (CONTENT, SplitRule(folds=4, fold=1)):
        splits = split_pictures(labels, digests_of(contents), rule)
        for content in range(100):
            assert len({int(splits[content + 100 * copy]) for copy in range(3)}) == 1
        assert set(splits.tolist()) == {TRAIN, VAL, TEST}
        assert abs((splits == TEST).sum() - (75 if rule.folds else 45)) <= 6


def test_names_and_order_change_nothing():
    labels, digests = random_set(150)
    splits = split_pictures(labels, digests, CONTENT)
    order = np.random.default_rng(1).permutation(150)
    counts = np.diff(labels.starts)
    shuffled = labelled(
        [
            [labels.class_names[k] for k in labels.labels[labels.objects(int(i))]][::-1]
            for i in order
        ]
    )
    assert np.diff(shuffled.starts).tolist() == counts[order].tolist()
    again = split_pictures(shuffled, [digests[i] for i in order], CONTENT)
    assert again.tolist() == splits[order].tolist()


def test_the_same_deal_on_every_machine():
    # What these pictures got when this was written: a change here changes everyone's test sets.
    labels, digests = random_set(20)
    splits = split_pictures(labels, digests, CONTENT)
    assert "".join(map(str, splits)) == "10000200002001100000"


def test_another_split_seed_deals_in_another_way():
    labels, digests = random_set(200)
    deals = [
        split_pictures(labels, digests, SplitRule(own=False, seed=seed)).tolist()
        for seed in (0, 1, 0)
    ]
    assert deals[0] != deals[1]
    assert deals[0] == deals[2]


def test_folds_partition_the_pictures_and_each_has_its_share_of_every_class():
    labels, digests = random_set(203)
    found = presence(labels)
    deals = [
        split_pictures(labels, digests, SplitRule(folds=5, fold=fold, val_share=0.2))
        for fold in range(5)
    ]
    tested = np.stack([deal == TEST for deal in deals])
    assert (tested.sum(axis=0) == 1).all()  # each picture in the test split of one fold
    for deal in deals:
        assert set(deal.tolist()) == {TRAIN, VAL, TEST}
        assert abs((deal == TEST).sum() - 203 / 5) <= 3
        assert abs((deal == VAL).sum() - 0.2 * 203) <= 3
        assert np.abs(found[deal == TEST].sum(axis=0) - found.sum(axis=0) / 5).max() <= 2


def test_own_splits_stay_as_they_are():
    splits = ["train", "val", "test", None] * 5
    labels = labelled([["a"]] * 20, splits)
    rule = SplitRule(val_share=0.4)
    assert not rule.needs_contents(labels)
    dealt = split_pictures(labels, None, rule)
    assert dealt.tolist() == [TRAIN, VAL, TEST, NO_SPLIT] * 5


@pytest.mark.parametrize("lacking", ["val", "test"])
def test_what_own_splits_lack_comes_out_of_training(lacking: str):
    there = "test" if lacking == "val" else "val"
    labels = labelled([["a"], ["b"]] * 50, (["train"] * 4 + [there]) * 20)
    digests = digests_of(range(100))
    rule = SplitRule(val_share=0.25, test_share=0.1)
    assert rule.needs_contents(labels)
    splits = split_pictures(labels, digests, rule)
    names = np.array(SPLITS)[splits]
    assert (names[4::5] == there).all()
    assert (names == there).sum() == 20
    share = 0.25 if lacking == "val" else 0.1
    assert (names == lacking).sum() == share * 80


def test_without_own_splits_all_are_dealt():
    labels, digests = random_set(60)
    assert (labels.splits == NO_SPLIT).all()
    own = split_pictures(labels, digests, SplitRule())
    assert own.tolist() == split_pictures(labels, digests, CONTENT).tolist()


def test_pictures_that_the_dataset_leaves_out_stay_out():
    labels = labelled([["a"]] * 40, ["train", None] * 20)
    splits = split_pictures(labels, digests_of(range(40)), SplitRule())
    assert (splits[1::2] == NO_SPLIT).all()
    assert set(splits[::2].tolist()) == {TRAIN, VAL, TEST}


def test_a_dataset_for_evaluation_alone_is_left_alone():
    labels = labelled([["a"]] * 10, ["val"] * 10)
    rule = SplitRule()
    assert not rule.needs_contents(labels)
    assert split_pictures(labels, None, rule).tolist() == [VAL] * 10


def test_an_unreadable_picture_is_dealt_to_no_one():
    labels = labelled([["a"]] * 20)
    splits = split_pictures(labels, digests_of([None, *range(19)]), CONTENT)
    assert splits[0] == NO_SPLIT
    assert (splits[1:] != NO_SPLIT).all()


@pytest.mark.parametrize(
    ("count", "splits"), [(0, set()), (1, {0}), (3, {0, 1, 2}), (4, {0, 1, 2})]
)
def test_even_few_pictures_reach_every_split(count: int, splits: set[int]):
    labels = labelled([["a"]] * count)
    dealt = split_pictures(labels, digests_of(range(count)), CONTENT)
    assert set(dealt.tolist()) == splits


def test_no_share_is_no_split():
    labels, digests = random_set(50)
    splits = split_pictures(labels, digests, SplitRule(own=False, val_share=0.2, test_share=0.0))
    assert (splits == VAL).sum() == pytest.approx(10, abs=1)
    assert not (splits == TEST).any()


def test_stratification_by_hand():
    # Two parts of equal shares; kind 1 is rarer and goes first: groups 0 and 1 have it, one each.
    # Kind 0: part 0 has got one of it (group 0), so part 1 wants more: group 2, then 3 to part 0.
    counts = np.array([[1, 1], [0, 1], [1, 0], [1, 0]])
    parts = stratify(counts, np.ones(4, np.int64), np.array([1.0, 1.0]))
    assert parts.tolist() == [0, 1, 1, 0] or parts.tolist() == [0, 1, 1, 1]
    assert np.array([counts[parts == part].sum(axis=0) for part in (0, 1)]).tolist() in (
        [[2, 1], [1, 1]],
        [[1, 1], [2, 1]],
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"val_share": 1.0}, "dataset.val_share is 1.0"),
        ({"test_share": -0.1}, "dataset.test_share is -0.1"),
        ({"val_share": 0.5, "test_share": 0.5}, "leave nothing to train on"),
        ({"folds": 1}, "dataset.folds is 1"),
        ({"folds": 5, "fold": 5}, "dataset.fold is 5; with dataset.folds=5 it is one of 0 to 4"),
        ({"folds": 2, "val_share": 0.5}, "leave nothing to train on"),
    ],
)
def test_rules_that_cannot_be_are_refused(arguments: dict, message: str):
    with pytest.raises(ConfigError, match=message):
        SplitRule(**arguments)


def test_digests_are_those_of_the_bytes(tmp_path: Path):
    for name, content in (("a", b"one"), ("b", b"two"), ("c", b"one")):
        (tmp_path / name).write_bytes(content)
    paths = [tmp_path / name for name in ("a", "b", "none", "c")]
    one, two = (hashlib.sha256(content).digest() for content in (b"one", b"two"))
    assert content_digests(paths) == [one, two, None, one]
    assert content_digests([]) == []


@pytest.mark.parametrize("name", ["a\0.png", "half \ud83d.png"])
def test_a_name_that_no_file_can_have_has_no_digest(tmp_path: Path, name: str):
    (tmp_path / "a").write_bytes(b"one")
    assert content_digests([tmp_path / name]) == [None]
    assert copies_among([tmp_path / name, tmp_path / "a"], [tmp_path / "a"]) == [tmp_path / "a"]
