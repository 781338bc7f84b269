"""Where a model looks: maps of the pixels that an answer depends on, and how far to trust them.

Names are imported when first used: methods that ask a model as a black box load no TensorFlow.
"""

from typing import TYPE_CHECKING

from objloc.lazy_imports import lazy_imports

if TYPE_CHECKING:
    from objloc.insight.maps.drise import DRise
    from objloc.insight.maps.grad_cam import GradCam
    from objloc.insight.maps.grad_cam_plus_plus import GradCamPlusPlus
    from objloc.insight.maps.hires_cam import HiResCam
    from objloc.insight.maps.integrated_gradients import IntegratedGradients
    from objloc.insight.maps.occlusion import Occlusion
    from objloc.insight.maps.smooth_grad import SmoothGrad
    from objloc.insight.maps.trust import Trust

_HOMES = {
    "DRise": "drise",
    "GradCam": "grad_cam",
    "GradCamPlusPlus": "grad_cam_plus_plus",
    "HiResCam": "hires_cam",
    "IntegratedGradients": "integrated_gradients",
    "Occlusion": "occlusion",
    "SmoothGrad": "smooth_grad",
    "Trust": "trust",
}

__all__ = [
    "DRise",
    "GradCam",
    "GradCamPlusPlus",
    "HiResCam",
    "IntegratedGradients",
    "Occlusion",
    "SmoothGrad",
    "Trust",
]

__getattr__ = lazy_imports(__name__, _HOMES)
