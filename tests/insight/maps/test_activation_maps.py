"""Class activation maps, against values worked out by hand."""

import numpy as np
import pytest

from objloc.errors import ConfigError
from objloc.insight.maps import GradCam, GradCamPlusPlus, HiResCam
from objloc.insight.maps.activation_map import ActivationMap
from objloc.insight.subject import best_subject
from objloc.models import Localizer
from tests.insight.maps.white_finder import linear_localizer, scene

# A map of 1 × 2 places and 2 channels.
ACTIVATION = np.array([[[1.0, 2.0], [3.0, 0.0]]], np.float32)
GRADIENT = np.array([[[0.5, -1.0], [0.1, 0.4]]], np.float32)


def test_grad_cam_weights_channels_by_their_mean_gradient() -> None:
    # Weights .3 and -.3: .3 · 1 - .3 · 2 < 0, .3 · 3.
    np.testing.assert_allclose(GradCam().weighted(ACTIVATION, GRADIENT), [[0, 0.9]], rtol=1e-6)


def test_hires_cam_multiplies_place_by_place() -> None:
    # .5 · 1 - 1 · 2 < 0, .1 · 3 + .4 · 0.
    np.testing.assert_allclose(HiResCam().weighted(ACTIVATION, GRADIENT), [[0, 0.3]], rtol=1e-6)


def test_grad_cam_plus_plus_by_the_papers_derivatives() -> None:
    """Equation 10 with the derivatives of exp(S), S = the sum of gradient × activation."""
    score = np.exp((ACTIVATION * GRADIENT).sum())
    first, second, third = (score * GRADIENT**power for power in (1, 2, 3))
    sums = ACTIVATION.sum(axis=(0, 1))  # 4 and 2
    with np.errstate(divide="ignore"):
        alpha = second / (2 * second + sums * third)
    # The second channel's first place: 2 - 2 · 1 = 0 divides; its gradient is negative anyway.
    alpha[0, 0, 1] = 0
    weights = (alpha * np.maximum(first, 0)).sum(axis=(0, 1)) / score
    expected = np.maximum(ACTIVATION @ weights, 0)
    found = GradCamPlusPlus().weighted(ACTIVATION, GRADIENT)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    # By hand: alpha 1/4, 1/2.4 | 0, 1/2.8; weights .125 + .0416667, .142857.
    np.testing.assert_allclose(found, [[0.452381, 0.5]], rtol=1e-5)


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    return linear_localizer()


@pytest.mark.parametrize("method", [GradCam(), HiResCam()], ids=["grad_cam", "hires_cam"])
def test_the_gradient_of_a_linear_head_is_its_kernel(
    localizer: Localizer, method: ActivationMap
) -> None:
    subject = best_subject(scene().image, localizer(scene().image[None]))
    features = localizer.backbone(scene().image[None].astype(np.float32))["2"]
    activation = np.asarray(features)[0]  # (8, 8, 6)
    for layer, quantity, output in (
        (localizer.head.classes, "class", subject.label),
        (localizer.head.presence, "objectness", 0),
    ):
        kernel = np.asarray(layer.kernel)[:, output].reshape(activation.shape)
        if isinstance(method, GradCam):
            expected = activation @ kernel.mean(axis=(0, 1))
        else:
            expected = (activation * kernel).sum(axis=-1)
        found = method(localizer, subject, quantity).values
        assert found.shape == (16, 16)
        # At a feature map's corner the enlarged map is the corner's value.
        corners = np.ix_([0, -1], [0, -1])
        np.testing.assert_allclose(
            found[corners], np.maximum(expected, 0)[corners], rtol=1e-4, atol=1e-6
        )
        assert found.max() > 0


def test_a_sides_map_knows_both_directions(localizer: Localizer) -> None:
    subject = best_subject(scene().image, localizer(scene().image[None]))
    activation = np.asarray(localizer.backbone(scene().image[None].astype(np.float32))["2"])[0]
    left = subject.box[0] / 16
    kernel = np.asarray(localizer.head.corners.kernel)[:, 0].reshape(activation.shape)
    expected = np.abs((activation * kernel).sum(axis=-1)) * left * (1 - left)  # a sigmoid's slope
    found = HiResCam()(localizer, subject, "left").values
    corners = np.ix_([0, -1], [0, -1])
    np.testing.assert_allclose(found[corners], expected[corners], rtol=1e-3, atol=1e-7)


def test_a_stride_that_is_not_there_is_refused(localizer: Localizer) -> None:
    subject = best_subject(scene().image, localizer(scene().image[None]))
    with pytest.raises(ConfigError, match=r"grad_cam: stride=3: the backbone has .* stride 2;"):
        GradCam(stride=3)(localizer, subject, "left")


def test_the_stride_that_was_read_is_noted(grid: Localizer) -> None:
    image = np.zeros((48, 48, 3), np.uint8)
    subject = best_subject(image, grid(image[None]))
    assert HiResCam()(grid, subject, "objectness").note == "stride 4"
    # The head reads nothing finer than stride 4.
    assert not HiResCam(stride=2)(grid, subject, "objectness").values.any()
