"""Errors between a video file and its features.

ExtractorError
├── NotMedia (not_media, empty_file, unsupported_format, file_not_found): the file is not a video at all
├── BadVideo (no_video_stream, corrupt, truncated, bad_dimensions, too_long, ...): a video that can't be used
├── BadPoster (bad_poster)
├── BadPlot (bad_plot)
├── DecodeTimeout (decode_timeout)
├── UnknownBackbone (bad_source): no backbone has this name
├── TooManyBlocks (bad_source): a network has fewer blocks than were to be trained
└── WeightsError (no_weights, weights_corrupt)

Each carries the `code` of an error table; the worker knows the class of each code.
"""


class ExtractorError(Exception):
    """The base class: a message for people and a `code` for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NotMedia(ExtractorError):
    """The file is missing, empty, or not a video in an accepted container."""


class BadVideo(ExtractorError):
    """A video file that can't be decoded as asked."""


class BadPoster(ExtractorError):
    """An image that can't be used as a poster."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_poster", message)


class BadPlot(ExtractorError):
    """A text that can't be used as a plot."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_plot", message)


class DecodeTimeout(ExtractorError):
    """The decoder produced no frame for too long."""

    def __init__(self, message: str) -> None:
        super().__init__("decode_timeout", message)


class UnknownBackbone(ExtractorError):
    """The requested backbone is not registered."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_source", message)


class TooManyBlocks(ExtractorError):
    """A network has fewer blocks than were to be trained."""

    def __init__(self, message: str) -> None:
        super().__init__("bad_source", message)


class WeightsError(ExtractorError):
    """The backbone's weights are missing or not what they should be."""


def one_line(exc: Exception) -> str:
    """Return the message of another library's exception, short enough for one of ours."""
    return " ".join(str(exc).split())[:200]
