"""Ways of joining by name; the one that needs Keras is imported only when asked for."""

import importlib
from collections.abc import Mapping, Sequence

from classifier.errors import BadTrainingData, UnsafeModel
from classifier.heads.base import Arrays
from classifier.heads.kinds import HeadSpec, describe, describe_members, restore_head, split_arrays
from classifier.joins.base import Alone, Join

JOINS: Mapping[str, tuple[str, str]] = {
    "late": ("classifier.joins.late", "Late"),
    "stacked": ("classifier.joins.stacked", "Stacked"),
    "early": ("classifier.joins.early", "Early"),
    "gated": ("classifier.joins.gated", "Gated"),
}


def join_class(kind: str) -> type[Join]:
    """Return the class of a way of joining; raises BadTrainingData for an unknown one."""
    if kind not in JOINS:
        raise BadTrainingData(f"there is no way of joining {kind!r}; there are {', '.join(JOINS)}")
    module, name = JOINS[kind]
    found: type[Join] = getattr(importlib.import_module(module), name)
    return found


def describe_join(join: Join) -> tuple[HeadSpec, Arrays]:
    """Return the description of a fitted join, members included."""
    if isinstance(join, Alone):
        return describe(join.head)
    return describe_members(HeadSpec(join.KIND, join.settings()), join.arrays(), join.members.values())


def restore_join(spec: HeadSpec, arrays: Arrays, modalities: Sequence[str]) -> Join:
    """Return the join described, of these modalities; raises UnsafeModel for what `describe_join` never returns."""
    if spec.kind not in JOINS:
        if len(modalities) != 1:
            raise UnsafeModel(f"a head {spec.kind[:80]!r} can't read {len(modalities)} modalities")
        return Alone({modalities[0]: restore_head(spec, arrays)})
    if len(spec.members) not in (0, len(modalities)):
        raise UnsafeModel(f"{len(spec.members)} heads for {len(modalities)} modalities")
    own, parts = split_arrays(arrays, len(spec.members))
    members = zip(modalities, map(restore_head, spec.members, parts), strict=False)
    return join_class(spec.kind).from_members(dict(members), settings=spec.settings, arrays=own)
