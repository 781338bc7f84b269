"""The classes and functions that a config may build: everything else is refused."""

from collections.abc import Sequence

from objloc.config.spelling import hint
from objloc.errors import ConfigError

OWN_PACKAGES = (
    "objloc.data",
    "objloc.decoding",
    "objloc.insight.maps",
    "objloc.models",
    "objloc.training",
    "objloc.tracking",
)


def _names(module: str, names: str) -> tuple[str, ...]:
    return tuple(f"{module}.{name}" for name in names.split())


# Listed one by one: `keras.*` would let a config call get_file (a download) and load_model (which
# runs what is pickled in the file). Lambda layers and callbacks take code, so they are not here.
KERAS = (
    *_names(
        "keras.layers",
        "Activation Add Average AveragePooling2D BatchNormalization Concatenate Conv2D "
        "Conv2DTranspose Cropping2D Dense DepthwiseConv2D Dropout ELU Flatten GaussianDropout "
        "GaussianNoise GlobalAveragePooling2D GlobalMaxPooling2D GroupNormalization "
        "LayerNormalization LeakyReLU MaxPooling2D Maximum Multiply Normalization PReLU ReLU "
        "Rescaling Reshape SeparableConv2D SpatialDropout2D UnitNormalization UpSampling2D "
        "ZeroPadding2D",
    ),
    *_names(
        "keras.optimizers",
        "Adadelta Adafactor Adagrad Adam AdamW Adamax Ftrl Lamb Lion Muon Nadam RMSprop SGD",
    ),
    *_names(
        "keras.optimizers.schedules",
        "CosineDecay CosineDecayRestarts ExponentialDecay InverseTimeDecay "
        "PiecewiseConstantDecay PolynomialDecay",
    ),
    *_names(
        "keras.losses",
        "BinaryCrossentropy BinaryFocalCrossentropy CategoricalCrossentropy "
        "CategoricalFocalCrossentropy CategoricalHinge Hinge Huber LogCosh MeanAbsoluteError "
        "MeanSquaredError SparseCategoricalCrossentropy SquaredHinge",
    ),
    *_names(
        "keras.metrics",
        "AUC Accuracy BinaryAccuracy BinaryCrossentropy CategoricalAccuracy F1Score Mean "
        "MeanAbsoluteError MeanSquaredError Precision Recall RootMeanSquaredError "
        "SparseCategoricalAccuracy SparseTopKCategoricalAccuracy Sum TopKCategoricalAccuracy",
    ),
    *_names(
        "keras.callbacks",
        "CSVLogger EarlyStopping ReduceLROnPlateau SwapEMAWeights TensorBoard TerminateOnNaN",
    ),
    *_names("keras.regularizers", "L1 L1L2 L2 OrthogonalRegularizer"),
    *_names(
        "keras.initializers",
        "Constant GlorotNormal GlorotUniform HeNormal HeUniform LecunNormal LecunUniform Ones "
        "Orthogonal RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros",
    ),
)
OPTUNA = (
    *_names(
        "optuna.samplers",
        "BruteForceSampler CmaEsSampler GPSampler NSGAIIISampler NSGAIISampler QMCSampler "
        "RandomSampler TPESampler",
    ),
    *_names(
        "optuna.pruners",
        "HyperbandPruner MedianPruner NopPruner PatientPruner PercentilePruner "
        "SuccessiveHalvingPruner ThresholdPruner",
    ),
)
# Transforms that run code given as an argument.
_ALBUMENTATIONS_CODE = ("Lambda",)


def check_target(key: str, target: str, extra: Sequence[str] = ()) -> None:
    """Refuse a target that is not listed, by its name alone: nothing is imported.

    Args:
        key: dotted key of the node that names the target, for the message.
        target: dotted path of a class or function.
        extra: the user's own allowed targets (`allowed_targets`), names or modules.

    Raises:
        ConfigError: the target is not allowed.
    """
    if not is_allowed(target, extra):
        module = target.rpartition(".")[0] or target
        raise ConfigError(
            f"{key}._target_={target} is refused: a config may only build objloc's own parts, "
            "listed Keras layers, optimizers, schedules, losses, metrics and callbacks, Optuna's "
            "samplers and pruners, and albumentations' transforms."
            f"{hint(target, (*KERAS, *OPTUNA))} For a class or function of your "
            f"own add its name or module: 'allowed_targets=[{module}]'"
        )


def is_allowed(target: str, extra: Sequence[str] = ()) -> bool:
    """True if the name is listed; albumentations' names are looked into when they are built."""
    if target in (*KERAS, *OPTUNA) or target.startswith(
        tuple(f"{package}." for package in OWN_PACKAGES)
    ):
        return True
    if target.startswith("albumentations."):
        name = target.removeprefix("albumentations.")
        return name.isidentifier() and name[0].isupper() and name not in _ALBUMENTATIONS_CODE
    return any(target == entry or target.startswith(f"{entry}.") for entry in extra)
