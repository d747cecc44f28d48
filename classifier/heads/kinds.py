"""Kinds of heads by name; those that need Keras are imported only when asked for."""

import importlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from classifier.errors import BadTrainingData, UnsafeModel
from classifier.heads.base import Arrays, Head, Settings
from classifier.heads.ensemble import EnsembleHead
from classifier.heads.options import NeuralOptions

NEURAL, NEURAL_WORDS = "classifier.heads.neural", "classifier.heads.words"
KINDS: Mapping[str, tuple[str, str]] = {
    "forest": ("classifier.heads.forest", "Forest"),
    "logistic_mean": ("classifier.heads.linear", "LogisticMean"),
    "logistic_stats": ("classifier.heads.linear", "LogisticStats"),
    "mlp": (NEURAL, "Mlp"),
    "attention": (NEURAL, "Attention"),
    "peaks": (NEURAL, "Peaks"),
    "convolution": (NEURAL, "Convolution"),
    "nextvlad": (NEURAL, "NextVlad"),
    "gru": (NEURAL, "Gru"),
    "transformer": (NEURAL, "Transformer"),
    "tfidf": ("classifier.heads.tfidf", "TfIdf"),
    "lstm": (NEURAL_WORDS, "Lstm"),
}
WORD_KINDS = ("tfidf", "lstm")  # these read texts as ids of words, all others frames
FRAME_KINDS = tuple(kind for kind in KINDS if kind not in WORD_KINDS)
MAX_MEMBERS = 16


@dataclass(frozen=True, slots=True)
class HeadSpec:
    """The description of a head in a manifest: kind and settings, or the members of an ensemble."""

    kind: str
    settings: Settings
    members: tuple["HeadSpec", ...] = ()

    @property
    def label(self) -> str:
        """The kind for people: `attention`, or `ensemble(attention+mlp)`."""
        return f"{self.kind}({'+'.join(member.kind for member in self.members)})" if self.members else self.kind


def is_light(label: str) -> bool:
    """Tell whether a head of this label, as a manifest gives it, predicts without Keras."""
    return not any(KINDS[kind][0] in (NEURAL, NEURAL_WORDS) for kind in re.findall(r"\w+", label) if kind in KINDS)


def make_head(kind: str, options: NeuralOptions) -> Head:
    """Return an unfitted head; all but the neural ones use the seed of `options` alone.

    Raises BadTrainingData for an unknown kind.
    """
    if kind not in KINDS:
        raise BadTrainingData(f"there is no head {kind!r}; the heads are {', '.join(KINDS)}")
    make: Callable[..., Head] = _class(kind)
    return make(options) if KINDS[kind][0] in (NEURAL, NEURAL_WORDS) else make(seed=options.seed)


def describe(head: Head) -> tuple[HeadSpec, Arrays]:
    """Return the description of a fitted head."""
    spec = HeadSpec(head.KIND, head.settings())
    return describe_members(spec, head.arrays(), head.members if isinstance(head, EnsembleHead) else ())


def describe_members(spec: HeadSpec, arrays: Arrays, members: Iterable[Head]) -> tuple[HeadSpec, Arrays]:
    """Return the description with that of its members, whose arrays are named after their places."""
    described = [describe(member) for member in members]
    theirs = {f"{at}.{name}": array for at, (_, found) in enumerate(described) for name, array in found.items()}
    return replace(spec, members=tuple(member for member, _ in described)), {**arrays, **theirs}


def restore_head(spec: HeadSpec, arrays: Arrays) -> Head:
    """Return the head described; raises UnsafeModel for what `describe` never returns."""
    if spec.kind != EnsembleHead.KIND:
        if spec.kind not in KINDS or spec.members:
            raise UnsafeModel(f"a head {spec.kind[:80]!r} is unknown to this version of trailers")
        return _class(spec.kind)().restore(spec.settings, arrays)
    if not 2 <= len(spec.members) <= MAX_MEMBERS or any(member.members for member in spec.members):
        raise UnsafeModel(f"an ensemble has 2 to {MAX_MEMBERS} members, none of them an ensemble")
    own, parts = split_arrays(arrays, len(spec.members))
    return EnsembleHead(list(map(restore_head, spec.members, parts)), own).restore(spec.settings, own)


def split_arrays(arrays: Arrays, n_members: int) -> tuple[Arrays, list[Arrays]]:
    """Return the arrays that are not the members', and each member's by their own names.

    Raises UnsafeModel for arrays that belong to nobody.
    """
    own = {name: array for name, array in arrays.items() if "." not in name}
    found = [(name.partition("."), array) for name, array in arrays.items() if "." in name]
    parts: list[Arrays] = [
        {name: array for (place, _, name), array in found if place == str(at)} for at in range(n_members)
    ]
    if len(own) + sum(map(len, parts)) != len(arrays):
        raise UnsafeModel("the model holds arrays that belong to no head")
    return own, parts


def _class(kind: str) -> type[Head]:
    module, name = KINDS[kind]
    found: type[Head] = getattr(importlib.import_module(module), name)
    return found
