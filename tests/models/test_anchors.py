"""Anchor sizes by hand, offsets there and back, and sizes fitted to boxes."""

import numpy as np
import pytest
from keras import ops

from objloc.boxes import cxcywh_to_xyxy
from objloc.models.anchors import (
    MAX_LOG_RATIO,
    VARIANCES,
    cluster_sizes,
    decode,
    encode,
    scaled_sizes,
    size_iou,
    tile,
)


def test_sizes_have_the_scales_area_and_the_ratio_asked_for() -> None:
    sizes = scaled_sizes(2.0, 2, [0.25, 1.0])
    # Scales 2 and 2·√2; a ratio of 1/4 halves the width and doubles the height.
    root = np.sqrt(2)
    np.testing.assert_allclose(sizes, [[1, 4], [2, 2], [root, 4 * root], [2 * root] * 2], rtol=1e-6)


def test_anchors_stand_on_the_cells_centres_sizes_first_then_columns() -> None:
    anchors = tile(np.array([[0.5, 0.25], [0.1, 0.2]]), rows=2, columns=4)
    assert anchors.shape == (16, 4)
    np.testing.assert_allclose(anchors[0], [0.125, 0.25, 0.5, 0.25])
    np.testing.assert_allclose(anchors[1], [0.125, 0.25, 0.1, 0.2], rtol=1e-6)
    np.testing.assert_allclose(anchors[2], [0.375, 0.25, 0.5, 0.25])
    np.testing.assert_allclose(anchors[8], [0.125, 0.75, 0.5, 0.25])


def test_offsets_by_hand() -> None:
    anchor = np.array([0.5, 0.5, 0.2, 0.4], "float32")
    # Half a width to the right, a quarter of the height up, twice as wide, as high.
    box = np.array([0.4, 0.2, 0.8, 0.6], "float32")
    expected = [0.5 / 0.1, -0.25 / 0.1, np.log(2) / 0.2, 0]
    np.testing.assert_allclose(encode(box, anchor), expected, atol=1e-5)


def test_boxes_come_back_from_their_offsets() -> None:
    generator = np.random.default_rng(0)
    sizes, other_sizes = generator.uniform(0.02, 0.6, (2, 50, 2))
    centers, other_centers = generator.uniform(0, 1, (2, 50, 2))
    anchors = np.concatenate([centers, sizes], -1).astype("float32")
    boxes = cxcywh_to_xyxy(np.concatenate([other_centers, other_sizes], -1)).astype("float32")
    np.testing.assert_allclose(decode(encode(boxes, anchors), anchors), boxes, atol=1e-5)
    tensors = ops.convert_to_tensor(boxes), ops.convert_to_tensor(anchors)
    offsets = encode(*tensors, xp=ops)
    np.testing.assert_allclose(offsets, encode(boxes, anchors), atol=1e-4)
    np.testing.assert_allclose(decode(offsets, tensors[1], xp=ops), boxes, atol=1e-5)


def test_no_offsets_make_the_anchor_and_no_number_makes_an_endless_box() -> None:
    anchor = np.array([0.5, 0.5, 0.2, 0.4], "float32")
    np.testing.assert_allclose(decode(np.zeros(4), anchor), [0.4, 0.3, 0.6, 0.7], atol=1e-6)
    box = decode(np.array([0, 0, 1e6, -1e6]), anchor)
    np.testing.assert_allclose(box[2] - box[0], 0.2 * np.exp(MAX_LOG_RATIO), rtol=1e-5)
    np.testing.assert_allclose(box[3] - box[1], 0.4 * np.exp(-MAX_LOG_RATIO), rtol=1e-3)
    # A box without area, as padding is, has finite offsets.
    assert np.isfinite(encode(np.zeros(4, "float32"), anchor) * VARIANCES).all()


def test_made_clusters_are_found() -> None:
    generator = np.random.default_rng(1)
    middles = np.array([[0.06, 0.05], [0.1, 0.3], [0.3, 0.1], [0.5, 0.6]])
    sizes = (middles[:, None] * generator.uniform(0.95, 1.05, (4, 100, 2))).reshape(-1, 2)
    found = cluster_sizes(sizes, 4)
    np.testing.assert_allclose(found[[0, 3]], middles[[0, 3]], rtol=0.02)
    # Equal areas: these two may come in either order.
    np.testing.assert_allclose(np.sort(found[1:3, 0]), [0.1, 0.3], rtol=0.02)
    np.testing.assert_allclose(np.sort(found[1:3, 1]), [0.1, 0.3], rtol=0.02)


def test_fitted_sizes_overlap_more_than_evenly_spaced_ones_and_are_the_same_every_time() -> None:
    sizes = np.random.default_rng(2).lognormal(-2, 0.5, (500, 2))
    found = cluster_sizes(sizes, 6)
    assert found.shape == (6, 2)
    assert (np.diff(found.prod(axis=1)) >= 0).all()
    even = np.quantile(sizes, np.linspace(0.1, 0.9, 6), axis=0)
    assert size_iou(sizes, found).max(1).mean() > size_iou(sizes, even).max(1).mean() + 0.02
    np.testing.assert_array_equal(cluster_sizes(sizes, 6), found)


def test_fewer_sizes_than_anchors_are_filled_up_with_larger_ones() -> None:
    found = cluster_sizes(np.array([[0.2, 0.1], [0.2, 0.1], [0.0, 0.3]]), 3)
    np.testing.assert_allclose(found, np.array([[0.2, 0.1]]) * [[1], [np.sqrt(2)], [2]], rtol=1e-6)
    with pytest.raises(ValueError, match="no boxes"):
        cluster_sizes(np.zeros((3, 2)), 2)
