"""Deals pictures out to splits by their content: copies stay together, classes spread evenly."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float64, Int8, Int64

from objloc.data.files.annotations import NO_SPLIT, SPLITS, Annotations
from objloc.errors import ConfigError

_TRAIN, _VAL, _TEST = range(len(SPLITS))


@dataclass(frozen=True)
class SplitRule:
    """How pictures get their splits.

    Attributes:
        own: the dataset's own splits count, and what they lack is dealt from the training
            pictures; else all pictures are dealt anew.
        val_share: share of the pictures dealt that go to validation.
        test_share: share of them that go to the test; unused with folds.
        folds: number of parts for cross-validation; None for none. Then all pictures are dealt
            anew: part `fold` is the test split, and validation is taken from the rest.
        fold: which part, from 0.
        seed: of the deal; another gives another deal of the same kind.

    Raises:
        ConfigError: a number is out of range.
    """

    own: bool = True
    val_share: float = 0.15
    test_share: float = 0.15
    folds: int | None = None
    fold: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        for name, share in (("val_share", self.val_share), ("test_share", self.test_share)):
            if not 0 <= share < 1:
                raise ConfigError(f"dataset.{name} is {share}; it is a share: 0 to less than 1")
        if self.folds is None and self.val_share + self.test_share >= 1:
            raise ConfigError(
                f"dataset.val_share ({self.val_share}) and dataset.test_share ({self.test_share}) "
                "leave nothing to train on; together they must be less than 1"
            )
        if self.folds is not None and self.folds < 2:
            raise ConfigError(f"dataset.folds is {self.folds}; it must be at least 2, or null")
        if self.folds is not None and not 0 <= self.fold < self.folds:
            raise ConfigError(
                f"dataset.fold is {self.fold}; with dataset.folds={self.folds} it is one of 0 to "
                f"{self.folds - 1}"
            )
        if self.folds is not None and self.val_share + 1 / self.folds >= 1:
            raise ConfigError(
                f"dataset.val_share ({self.val_share}) and a fold of 1/{self.folds} leave nothing "
                "to train on"
            )

    def needs_contents(self, annotations: Annotations) -> bool:
        """Whether there is anything to deal, so that the pictures' digests are needed."""
        return not self.own or self.folds is not None or bool(_lacking(annotations.splits))


def split_pictures(
    annotations: Annotations, digests: Sequence[bytes | None] | None, rule: SplitRule
) -> Int8[np.ndarray, " i"]:
    """The split of each picture.

    It depends on the pictures' contents, their classes and the rule; not on the pictures' names,
    nor on the order they are listed in.

    Args:
        annotations: the labels.
        digests: of the pictures' files; None for one that cannot be read, which gets no split
            where it would be dealt. May be None as a whole if the rule needs none.
        rule: how to deal.

    Returns:
        Index into `SPLITS`, or `NO_SPLIT`.
    """
    splits = annotations.splits.copy()
    if not rule.needs_contents(annotations):
        return splits
    assert digests is not None, "SplitRule.needs_contents"
    everything = np.ones(len(annotations), bool)
    if rule.folds is not None:
        parts = _deal(annotations, digests, everything, np.full(rule.folds, 1.0), rule.seed)
        splits = np.where(parts == NO_SPLIT, NO_SPLIT, _TRAIN).astype(np.int8)
        splits[parts == rule.fold] = _TEST
        wanted = {_VAL: rule.val_share / (1 - 1 / rule.folds)}
        return _carve(annotations, digests, splits, wanted, rule.seed)
    wanted = {_VAL: rule.val_share, _TEST: rule.test_share}
    if rule.own and not (splits == NO_SPLIT).all():
        lacking = _lacking(splits)
        wanted = {split: share for split, share in wanted.items() if split in lacking}
    else:
        splits[:] = _TRAIN
    return _carve(annotations, digests, splits, wanted, rule.seed)


def _lacking(splits: Int8[np.ndarray, " i"]) -> set[int]:
    """The splits that can be dealt from the training pictures because the dataset has none."""
    present = set(splits.tolist())
    if present <= {NO_SPLIT} or _TRAIN in present:
        return {_VAL, _TEST} - present
    return set()


def _carve(
    annotations: Annotations,
    digests: Sequence[bytes | None],
    splits: Int8[np.ndarray, " i"],
    wanted: dict[int, float],
    seed: int,
) -> Int8[np.ndarray, " i"]:
    """Moves shares of the training pictures to other splits."""
    names = [_TRAIN, *(split for split, share in wanted.items() if share > 0)]
    shares = np.array([1 - sum(wanted.values()), *(wanted[name] for name in names[1:])])
    pool = splits == _TRAIN
    parts = _deal(annotations, digests, pool, shares, seed)
    codes = np.array([*names, NO_SPLIT], np.int8)  # the last one is what NO_SPLIT, -1, points to
    return np.where(pool, codes[parts], splits)


def _deal(
    annotations: Annotations,
    digests: Sequence[bytes | None],
    pool: Bool[np.ndarray, " i"],
    shares: Float64[np.ndarray, " parts"],
    seed: int,
) -> Int64[np.ndarray, " i"]:
    """The part of each picture of the pool; `NO_SPLIT` for the others and the unreadable."""
    groups: dict[bytes, list[int]] = {}
    for image in np.flatnonzero(pool):
        digest = digests[int(image)]
        if digest is not None:
            groups.setdefault(digest, []).append(int(image))
    salt = seed.to_bytes(8, "little")
    order = sorted(groups, key=lambda digest: hashlib.sha256(salt + digest).digest())
    members = [groups[digest] for digest in order]
    pictures = np.array([len(images) for images in members], np.int64)
    parts = stratify(_presence(annotations, members), pictures, shares)
    dealt = np.full(len(annotations), NO_SPLIT, np.int64)
    for images, part in zip(members, parts, strict=True):
        dealt[images] = part
    return dealt


def _presence(
    annotations: Annotations, groups: Sequence[Sequence[int]]
) -> Int64[np.ndarray, "groups kinds"]:
    """In how many pictures of each group each class occurs; the last kind is "no object"."""
    classes = len(annotations.class_names)
    group_of = np.full(len(annotations), -1)
    for number, images in enumerate(groups):
        group_of[images] = number
    image_of = annotations.image_of_object()
    pairs = np.unique(np.stack([image_of, annotations.labels], axis=1), axis=0)
    empty = np.flatnonzero(np.diff(annotations.starts) == 0)
    pairs = np.concatenate([pairs, np.stack([empty, np.full(len(empty), classes)], axis=1)])
    pairs = pairs[group_of[pairs[:, 0]] >= 0]
    counts = np.zeros((len(groups), classes + 1), np.int64)
    np.add.at(counts, (group_of[pairs[:, 0]], pairs[:, 1]), 1)
    return counts


def stratify(
    counts: Int64[np.ndarray, "groups kinds"],
    pictures: Int64[np.ndarray, " groups"],
    shares: Float64[np.ndarray, " parts"],
) -> Int64[np.ndarray, " groups"]:
    """Deals groups to parts so that every kind is spread as the shares say.

    Iterative stratification (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011, algorithm 1), in
    which a group that cannot be torn apart counts with the number of pictures it has of each kind,
    and larger groups are dealt first. Every part with a share gets a group if there are enough.

    Args:
        counts: pictures of each kind in each group; every group is of some kind.
        pictures: pictures in each group.
        shares: of the parts, in any unit.

    Returns:
        The part of each group. Where parts are level, the order of the groups decides.
    """
    shares = shares / shares.sum()
    left = counts.sum(axis=0)
    wanted = shares[:, None] * left  # pictures of each kind that each part still wants
    wanted_all = shares * pictures.sum()
    parts = np.full(len(counts), -1, np.int64)
    while left.any():
        kind = int(np.argmin(np.where(left > 0, left, np.iinfo(np.int64).max)))
        having = np.flatnonzero((parts < 0) & (counts[:, kind] > 0))
        for group in having[np.argsort(-counts[having, kind], kind="stable")]:
            # The part that wants most of the rarest kind; among several, most of anything.
            level = wanted[:, kind] > wanted[:, kind].max() - 1e-6  # sums of shares, not exact
            part = int(np.argmax(np.where(level, wanted_all, -np.inf)))
            parts[group] = part
            wanted[part] -= counts[group]
            wanted_all[part] -= pictures[group]
        left = left - counts[having].sum(axis=0)
    return _fill_empty(parts, shares)


def _fill_empty(
    parts: Int64[np.ndarray, " groups"], shares: Float64[np.ndarray, " parts"]
) -> Int64[np.ndarray, " groups"]:
    """Gives each part that wants some but got none the last group of the part that has most."""
    for part in np.flatnonzero(shares > 0):
        sizes = np.bincount(parts, minlength=len(shares))
        if sizes[part] == 0 and sizes.max(initial=0) > 1:
            parts[np.flatnonzero(parts == sizes.argmax())[-1]] = part
    return parts
