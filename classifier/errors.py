"""Errors of the classifier.

ClassifierError
├── FeaturesMismatch (features_mismatch): features of another backbone, with NaN, or empty
├── UnsafeModel (unsafe_model): a model file that is not what it should be
├── NoModel (no_model): nothing has been trained for these features
├── BadTaxonomy (bad_source): words that can't be a house's taxonomy
├── UnknownGenre (bad_source): a name that is neither a genre nor a house's word for one
└── BadTrainingData (bad_source): labels or pictures that no model can be trained on
    └── LeakingSplit: a split that would test a model on films it has seen

Each carries the `code` of DESIGN.md's table; the worker knows the class of a code.
"""


class ClassifierError(Exception):
    """The base of all: a message for people and the `code` for programs."""

    code = "internal"


class FeaturesMismatch(ClassifierError):
    """The model can't predict from these features."""

    code = "features_mismatch"


class UnsafeModel(ClassifierError):
    """The model file is damaged, too large, or holds what a model file must not."""

    code = "unsafe_model"


class NoModel(ClassifierError):
    """There is no trained model for these features."""

    code = "no_model"


class BadTaxonomy(ClassifierError):
    """The words given make no taxonomy."""

    code = "bad_source"


class UnknownGenre(ClassifierError):
    """The name is neither a genre nor a word of the house for one."""

    code = "bad_source"


class BadTrainingData(ClassifierError):
    """The labels or pictures given can't train a model."""

    code = "bad_source"


class LeakingSplit(BadTrainingData):
    """The split has a film, a file or a picture on two sides."""
