"""Applications: the networks of keras.applications as backbones."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from extractor.errors import WeightsError, one_line
from extractor.networks.backbone import FRAME_SIZE
from extractor.networks.inception import Network, Walk, import_tensorflow
from extractor.networks.inception_graph import DIM, read_layers, walk
from extractor.networks.names import INCEPTION
from extractor.networks.weights import Weights
from extractor.precision import Precision


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network in keras.applications: its function, and the module with its preprocessing.

    Keras's ImageNet weights were trained on pictures of `size` pixels a side; the features have `dim` numbers.
    """

    function: str
    module: str
    size: int
    dim: int


ARCHITECTURES = {
    INCEPTION: Architecture("InceptionV3", "inception_v3", 299, 2048),
    "resnet50": Architecture("ResNet50", "resnet", 224, 2048),
    "resnet101": Architecture("ResNet101", "resnet", 224, 2048),
    "resnet152": Architecture("ResNet152", "resnet", 224, 2048),
    "resnet50_v2": Architecture("ResNet50V2", "resnet_v2", 224, 2048),
    "resnet101_v2": Architecture("ResNet101V2", "resnet_v2", 224, 2048),
    "resnet152_v2": Architecture("ResNet152V2", "resnet_v2", 224, 2048),
    "inception_resnet_v2": Architecture("InceptionResNetV2", "inception_resnet_v2", 299, 1536),
    "xception": Architecture("Xception", "xception", 299, 2048),
    "vgg16": Architecture("VGG16", "vgg16", 224, 512),
    "vgg19": Architecture("VGG19", "vgg19", 224, 512),
    "densenet121": Architecture("DenseNet121", "densenet", 224, 1024),
    "densenet169": Architecture("DenseNet169", "densenet", 224, 1664),
    "densenet201": Architecture("DenseNet201", "densenet", 224, 1920),
    "mobilenet": Architecture("MobileNet", "mobilenet", 224, 1024),
    "mobilenet_v2": Architecture("MobileNetV2", "mobilenet_v2", 224, 1280),
    "mobilenet_v3_small": Architecture("MobileNetV3Small", "mobilenet_v3", 224, 576),
    "mobilenet_v3_large": Architecture("MobileNetV3Large", "mobilenet_v3", 224, 960),
    "nasnet_mobile": Architecture("NASNetMobile", "nasnet", 224, 1056),
    "nasnet_large": Architecture("NASNetLarge", "nasnet", 331, 4032),
    "efficientnet_b0": Architecture("EfficientNetB0", "efficientnet", 224, 1280),
    "efficientnet_b1": Architecture("EfficientNetB1", "efficientnet", 240, 1280),
    "efficientnet_b2": Architecture("EfficientNetB2", "efficientnet", 260, 1408),
    "efficientnet_b3": Architecture("EfficientNetB3", "efficientnet", 300, 1536),
    "efficientnet_b4": Architecture("EfficientNetB4", "efficientnet", 380, 1792),
    "efficientnet_b5": Architecture("EfficientNetB5", "efficientnet", 456, 2048),
    "efficientnet_b6": Architecture("EfficientNetB6", "efficientnet", 528, 2304),
    "efficientnet_b7": Architecture("EfficientNetB7", "efficientnet", 600, 2560),
    "efficientnet_v2_b0": Architecture("EfficientNetV2B0", "efficientnet_v2", 224, 1280),
    "efficientnet_v2_b1": Architecture("EfficientNetV2B1", "efficientnet_v2", 240, 1280),
    "efficientnet_v2_b2": Architecture("EfficientNetV2B2", "efficientnet_v2", 260, 1408),
    "efficientnet_v2_b3": Architecture("EfficientNetV2B3", "efficientnet_v2", 300, 1536),
    "efficientnet_v2_s": Architecture("EfficientNetV2S", "efficientnet_v2", 384, 1280),
    "efficientnet_v2_m": Architecture("EfficientNetV2M", "efficientnet_v2", 480, 1280),
    "efficientnet_v2_l": Architecture("EfficientNetV2L", "efficientnet_v2", 480, 1280),
    "convnext_tiny": Architecture("ConvNeXtTiny", "convnext", 224, 768),
    "convnext_small": Architecture("ConvNeXtSmall", "convnext", 224, 768),
    "convnext_base": Architecture("ConvNeXtBase", "convnext", 224, 1024),
    "convnext_large": Architecture("ConvNeXtLarge", "convnext", 224, 1536),
    "convnext_xlarge": Architecture("ConvNeXtXLarge", "convnext", 224, 2048),
}


class Application(Network):
    """A backbone of keras.applications for pictures, with the preprocessing it was trained with; float32 alone."""

    def __init__(self, weights: Weights, *, precision: Precision = "float32") -> None:
        super().__init__(weights, precision=precision)
        architecture = ARCHITECTURES[weights.backbone]
        self.frame_size, self.dim = weights.picture_size or architecture.size, architecture.dim

    def _prepare(self, pixels: Any) -> Any:
        return find_preprocessing(self._weights.backbone)(pixels)

    def _load(self, tf: Any, keras: Any) -> Walk:
        return functools.partial(load_network(self._weights), training=False)


class InceptionV3(Network):
    """Inception-V3 without its top, made faster."""

    frame_size, dim = FRAME_SIZE, DIM

    def __init__(self, weights: Weights, *, precision: Precision = "float32") -> None:
        super().__init__(weights, precision=precision)
        self.frame_size = weights.picture_size or FRAME_SIZE

    def _load(self, tf: Any, keras: Any) -> Walk:
        return functools.partial(walk, tf, read_layers(tf, load_network(self._weights), precision=self._precision))


def load_network(weights: Weights) -> Any:
    """Return the Keras network of a weights file, without its top, average-pooled.

    Raises WeightsError (weights_corrupt) when the file doesn't fit the network.
    """
    network = build_network(weights.backbone, size=weights.picture_size)
    try:
        network.load_weights(str(weights.path))
    except Exception as exc:  # h5py and Keras raise many kinds of errors for a file that doesn't fit
        raise WeightsError(
            "weights_corrupt",
            f"{str(weights.path)!r} does not hold {weights.backbone} without top ({one_line(exc)}); give another file",
        ) from exc
    return network


def build_network(backbone: str, *, weights: str | None = None, size: int | None = None) -> Any:
    """Return a Keras network without its top, average-pooled: with random weights, or `weights` as Keras takes them.

    Its pictures have `size` pixels a side, by default its own: a network without a top has the same weights for all.
    """
    _, keras = import_tensorflow()
    architecture = ARCHITECTURES[backbone]
    shape = (size or architecture.size, size or architecture.size, 3)
    build = getattr(keras.applications, architecture.function)
    return build(weights=weights, include_top=False, pooling="avg", input_shape=shape)


def find_preprocessing(backbone: str) -> Callable[[Any], Any]:
    """Return a network's own `preprocess_input`, which takes float32 pixels from 0 to 255."""
    _, keras = import_tensorflow()
    prepare: Callable[[Any], Any] = getattr(keras.applications, ARCHITECTURES[backbone].module).preprocess_input
    return prepare
