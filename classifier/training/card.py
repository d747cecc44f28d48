"""Model cards: the training data, features and figures of a model, in Markdown."""

from classifier.model import GenreModel
from classifier.training.placing_report import PlacingReport
from classifier.training.report import TrainingReport
from classifier.training.runs import Runs
from classifier.training.zero_shot import Prompts
from classifier.view import in_words
from classifier.warnings import ZERO_SHOT


def format_card(model: GenreModel, report: TrainingReport | PlacingReport | Prompts, runs: Runs | None = None) -> str:
    """Return the card as Markdown; the figures are those of rows that it has not seen, beside trivial baselines.

    Of a zero-shot model it has the prompts in place of figures.

    If the model is that of the first of several `runs`, the others' figures follow.
    """
    manifest = model.manifest
    trained_on = manifest.trained_on
    thresholds = "of even odds" if isinstance(report, Prompts) else f"best for {manifest.objective}"
    versions = ", ".join(f"{name} {version}" for name, version in manifest.versions.items())
    inputs = ", ".join(f"{modality} `{features_id}`" for modality, features_id in manifest.inputs.items())
    return (
        f"# {manifest.name}\n\n"
        f"- **model_id**: `{model.model_id}`\n"
        f"- **reads**: {inputs}, and no other features\n"
        f"- **head**: {manifest.head.label}, {len(manifest.genres)} genres, thresholds {thresholds}\n"
        f"- **trained on**: {in_words(manifest.modality)}; {trained_on.description}\n"
        f"{f'- **placed on**: {manifest.placed_on}{chr(10)}' if manifest.placed_on else ''}"
        f"- **data**: {trained_on.n_train:,} rows to train, {trained_on.n_validation:,} to choose and calibrate, "
        f"{trained_on.n_test:,} to test, {report.separation}; sha256 `{trained_on.data_sha256}`\n"
        f"- **split**: seed {trained_on.seed}, sha256 `{trained_on.split_sha256}`\n"
        f"- **made**: {manifest.created_at:%Y-%m-%d} with {versions}\n\n"
        f"{ZERO_SHOT if manifest.is_zero_shot else _caution(manifest.modality)}\n\n"
        f"```\n{report}{runs or ''}```\n"
    )


def _caution(modality: str) -> str:
    calibrated = "Scores are calibrated on the rows that chose, which the final fit has seen too. "
    if "trailer" in modality or "poster" not in modality:
        return calibrated
    return (
        f"{calibrated}It has never seen a trailer: each second of one is read as if it were a poster, "
        "and how well that works has not been measured. For a model that has, bring in labelled trailers "
        "(`trailers import DATASET PATH`, or `trailers batch LIST` with a column of genres) and run `trailers train`."
    )
