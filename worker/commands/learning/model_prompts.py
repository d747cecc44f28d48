"""The action of `trailers models` that makes a model of prompts, without any film."""

import argparse
from pathlib import Path

from classifier.counts import count
from classifier.training.card import format_card
from classifier.warnings import ZERO_SHOT
from worker.commands.learning.model_changes import add_note, make_note, print_use, say_namesakes
from worker.commands.learning.model_placing import write_model
from worker.commands.output import print_json
from worker.inference.registry import register
from worker.learning.data_arguments import check_out
from worker.learning.evaluated_models import label_of
from worker.learning.prompts import PromptChoice, prompt_model
from worker.predicting.poster_backbones import training_backbone
from worker.runtime import Runtime


def add_prompts(action: argparse.ArgumentParser) -> None:
    """Add the arguments that name genres, their prompts, and the network that reads them."""
    add = action.add_argument
    add("name", metavar="NAME", help="the new model's name")
    add("--backbone", metavar="NAME", help="clip_vit_b32 or siglip_b16 (that of TRAILERS_BACKBONE)")
    weights = "the model.weights.h5 of its preset, the files of its words beside it (those published, downloaded once)"
    add("--backbone-weights", type=Path, metavar="FILE", help=weights)
    genres = "a genre, in our word or any other; may be repeated (those of --prompts, else all that the starter knows)"
    add("--genre", action="append", default=[], metavar="GENRE", help=genres)
    prompts = "a CSV of genre,prompt, several lines a genre (captions such as 'a frame of a horror film')"
    add("--prompts", type=Path, metavar="FILE", help=prompts)
    add("--out", type=Path, metavar="FILE", help="also write the model here, with its card beside it")
    add("--use", action="store_true", help="use it from now on")
    add_note(action)


def make_of_prompts(runtime: Runtime, arguments: argparse.Namespace) -> None:
    """Make a model of prompts, store it, and say what its scores are worth."""
    check_out(arguments.out)
    backbone = training_backbone(runtime.settings, arguments.backbone)
    choice = PromptChoice(backbone, arguments.backbone_weights, tuple(arguments.genre), arguments.prompts)
    model, prompts = prompt_model(runtime, choice, name=arguments.name)
    record = register(runtime.store, model)
    say_namesakes(runtime.store, record)
    if arguments.out is not None:
        write_model(arguments.out, model.to_bytes(), format_card(model, prompts))
    if arguments.use:
        runtime.store.model_changes.put_to_use(record, "use", make_note(arguments))
    if arguments.json:
        print_json({"model_id": record.model_id, "prompts": prompts.by_genre, "warning": ZERO_SHOT})
        return
    print(f"{label_of(record)} is stored: {count(len(prompts.texts), 'prompt')} of {len(prompts.by_genre)} genres")
    print(ZERO_SHOT)
    if arguments.use:
        print_use(record)
    else:
        print(f"to use it: trailers models use {record.model_id[:8]}; to predict: TRAILERS_BACKBONE={backbone}")
