"""The networks of keras.applications by name: pictures in, average-pooled features out."""

import difflib
import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from extractor.errors import UnknownBackbone, WeightsError, one_line
from extractor.features import FRAME_RULE, Provenance
from extractor.networks.backbone import nothing
from extractor.networks.inception import import_tensorflow, library_versions
from extractor.networks.names import INCEPTION, STARTER
from extractor.networks.weights import Weights


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network in keras.applications: its function, the module with its preprocessing, its pictures' side in pixels.

    `size` is the one that Keras's ImageNet weights were trained at.
    """

    function: str
    module: str
    size: int


ARCHITECTURES = {
    INCEPTION: Architecture("InceptionV3", "inception_v3", 299),
    "resnet50": Architecture("ResNet50", "resnet", 224),
    "resnet101": Architecture("ResNet101", "resnet", 224),
    "resnet152": Architecture("ResNet152", "resnet", 224),
    "resnet50_v2": Architecture("ResNet50V2", "resnet_v2", 224),
    "resnet101_v2": Architecture("ResNet101V2", "resnet_v2", 224),
    "resnet152_v2": Architecture("ResNet152V2", "resnet_v2", 224),
    "inception_resnet_v2": Architecture("InceptionResNetV2", "inception_resnet_v2", 299),
    "xception": Architecture("Xception", "xception", 299),
    "vgg16": Architecture("VGG16", "vgg16", 224),
    "vgg19": Architecture("VGG19", "vgg19", 224),
    "densenet121": Architecture("DenseNet121", "densenet", 224),
    "densenet169": Architecture("DenseNet169", "densenet", 224),
    "densenet201": Architecture("DenseNet201", "densenet", 224),
    "mobilenet": Architecture("MobileNet", "mobilenet", 224),
    "mobilenet_v2": Architecture("MobileNetV2", "mobilenet_v2", 224),
    "mobilenet_v3_small": Architecture("MobileNetV3Small", "mobilenet_v3", 224),
    "mobilenet_v3_large": Architecture("MobileNetV3Large", "mobilenet_v3", 224),
    "nasnet_mobile": Architecture("NASNetMobile", "nasnet", 224),
    "nasnet_large": Architecture("NASNetLarge", "nasnet", 331),
    "efficientnet_b0": Architecture("EfficientNetB0", "efficientnet", 224),
    "efficientnet_b1": Architecture("EfficientNetB1", "efficientnet", 240),
    "efficientnet_b2": Architecture("EfficientNetB2", "efficientnet", 260),
    "efficientnet_b3": Architecture("EfficientNetB3", "efficientnet", 300),
    "efficientnet_b4": Architecture("EfficientNetB4", "efficientnet", 380),
    "efficientnet_b5": Architecture("EfficientNetB5", "efficientnet", 456),
    "efficientnet_b6": Architecture("EfficientNetB6", "efficientnet", 528),
    "efficientnet_b7": Architecture("EfficientNetB7", "efficientnet", 600),
    "efficientnet_v2_b0": Architecture("EfficientNetV2B0", "efficientnet_v2", 224),
    "efficientnet_v2_b1": Architecture("EfficientNetV2B1", "efficientnet_v2", 240),
    "efficientnet_v2_b2": Architecture("EfficientNetV2B2", "efficientnet_v2", 260),
    "efficientnet_v2_b3": Architecture("EfficientNetV2B3", "efficientnet_v2", 300),
    "efficientnet_v2_s": Architecture("EfficientNetV2S", "efficientnet_v2", 384),
    "efficientnet_v2_m": Architecture("EfficientNetV2M", "efficientnet_v2", 480),
    "efficientnet_v2_l": Architecture("EfficientNetV2L", "efficientnet_v2", 480),
    "convnext_tiny": Architecture("ConvNeXtTiny", "convnext", 224),
    "convnext_small": Architecture("ConvNeXtSmall", "convnext", 224),
    "convnext_base": Architecture("ConvNeXtBase", "convnext", 224),
    "convnext_large": Architecture("ConvNeXtLarge", "convnext", 224),
    "convnext_xlarge": Architecture("ConvNeXtXLarge", "convnext", 224),
}


def find_architecture(backbone: str) -> Architecture:
    """Return the network of this name; raises UnknownBackbone (bad_source)."""
    if backbone not in ARCHITECTURES:
        near = difflib.get_close_matches(backbone.lower(), ARCHITECTURES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UnknownBackbone(
            f"there is no backbone {backbone!r}; {hint}There are {STARTER}, {', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[backbone]


class Application:
    """A backbone for pictures: RGB frames of `frame_size` in, their average-pooled features of `dim` numbers out.

    TensorFlow and the weights are loaded when they are first needed. All arithmetic is float32.
    """

    def __init__(self, weights: Weights) -> None:
        self.frame_size = find_architecture(weights.backbone).size
        self._weights = weights

    @property
    def features_id(self) -> str:
        """The id under which its vectors may be compared."""
        return self._weights.features_id

    @property
    def provenance(self) -> Provenance:
        """What its vectors are made with."""
        return Provenance(self._weights.backbone, self._weights.sha256, FRAME_RULE, "float32", library_versions())

    @property
    def dim(self) -> int:
        """How many numbers a vector has."""
        return int(self._network.output_shape[1])

    def __call__(self, frames: NDArray[np.uint8], *, on_wait: Callable[[], None] = nothing) -> NDArray[np.float32]:
        """Return float32 vectors of shape (frames, dim) for uint8 frames of shape (frames, size, size, 3).

        Raises WeightsError (weights_corrupt) when the weights file doesn't fit the network.
        """
        return self._infer(frames) if len(frames) else np.empty((0, self.dim), np.float32)

    @functools.cached_property
    def _network(self) -> Any:
        return load_network(self._weights)

    @functools.cached_property
    def _infer(self) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
        tf, _ = import_tensorflow()
        network, prepare = self._network, find_preprocessing(self._weights.backbone)

        def infer(frames: Any) -> Any:
            return network(prepare(tf.cast(frames, tf.float32)), training=False)

        # One graph for batches of any size: nothing is traced twice.
        signature = [tf.TensorSpec((None, self.frame_size, self.frame_size, 3), tf.uint8)]
        graph = tf.function(infer, input_signature=signature, autograph=False).get_concrete_function()
        return lambda frames: graph(tf.constant(frames)).numpy()  # (frames, dim) float32


def load_network(weights: Weights) -> Any:
    """Return the Keras network of a weights file, without its top, average-pooled.

    Raises WeightsError (weights_corrupt) when the file doesn't fit the network.
    """
    network = build_network(weights.backbone)
    try:
        network.load_weights(str(weights.path))
    except Exception as exc:  # h5py and Keras raise many kinds for a file that doesn't fit
        raise WeightsError(
            "weights_corrupt",
            f"{str(weights.path)!r} does not hold {weights.backbone} without top ({one_line(exc)}); give another file",
        ) from exc
    return network


def build_network(backbone: str, *, weights: str | None = None) -> Any:
    """Return a Keras network without its top, average-pooled: random, or with `weights` as Keras takes them."""
    _, keras = import_tensorflow()
    architecture = find_architecture(backbone)
    shape = (architecture.size, architecture.size, 3)
    build = getattr(keras.applications, architecture.function)
    return build(weights=weights, include_top=False, pooling="avg", input_shape=shape)


def find_preprocessing(backbone: str) -> Callable[[Any], Any]:
    """Return what makes a network's inputs of float32 pixels from 0 to 255: its own `preprocess_input`."""
    _, keras = import_tensorflow()
    prepare: Callable[[Any], Any] = getattr(keras.applications, find_architecture(backbone).module).preprocess_input
    return prepare
