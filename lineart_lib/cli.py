"""The command line `lineart`.

Each command parses, calls one function of the library, and says where the result is.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from lineart_lib.recipe.sources import SourceError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Prepare the data of the book, train its models, measure colorizers, colour drawings.",
)


study = typer.Typer(no_args_is_help=True, help="Ask people which colours are better.")
app.add_typer(study, name="study")


@app.callback()
def _start(
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what went wrong.")] = False,
) -> None:
    logger = logging.getLogger("lineart_lib")
    logger.setLevel(logging.WARNING if quiet else logging.INFO)
    if not any(isinstance(handler, _Say) for handler in logger.handlers):
        logger.addHandler(_Say())


@app.command()
def prepare(
    recipe: Annotated[
        str, typer.Argument(help="Name of a recipe in data_recipes/, or the path of one.")
    ],
    profile: Annotated[
        str, typer.Option("--profile", help="How much of a recipe of drawings: smoke, book, paper.")
    ] = "book",
    force: Annotated[
        bool, typer.Option("--force", help="Make again what is already there.")
    ] = False,
    runner: Annotated[
        str,
        typer.Option(
            "--runner", help="Who draws: here, native (Daft, this machine), ray (cluster)."
        ),
    ] = "here",
    workers: Annotated[
        int, typer.Option("--workers", help="Processes that draw at the same time.")
    ] = 1,
    address: Annotated[
        str | None, typer.Option("--address", help="Of the Ray cluster, such as 10.0.0.1:6379.")
    ] = None,
) -> None:
    """Fetch the data of a recipe, or draw them, verify them and write their manifest."""
    from lineart_lib.recipe.kinds import prepare_recipe
    from lineart_lib.recipe.pipeline import engine
    from lineart_lib.runtime import data_folder, project_root

    with _errors_in_one_line():
        drawn_by_us = (runner, workers, address) == ("here", 1, None)
        who = None if drawn_by_us else engine(runner, workers, address)
        root = None if recipe.endswith((".yml", ".yaml")) else project_root()
        done = prepare_recipe(recipe, profile, root, data_folder(), force=force, engine=who)
        said = f"{len(done.fetched)} files from {done.source}" if done.fetched else "nothing to do"
        typer.echo(f"{done.folder}: {said}")


@app.command()
def train(
    experiment: Annotated[str, typer.Argument(help="What to train, such as lines.")],
    profile: Annotated[
        str, typer.Option("--profile", help="How long, and on how much: smoke, book, paper.")
    ] = "book",
    force: Annotated[
        bool, typer.Option("--force", help="Train again what is already there.")
    ] = False,
    device: Annotated[
        str | None, typer.Option("--device", help="auto, cpu or cuda; auto takes the GPU.")
    ] = None,
    strategy: Annotated[
        str | None,
        typer.Option("--strategy", help="Among torchrun's processes: auto, ddp or fsdp."),
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option("--precision", help="32-true, bf16-mixed or fast; another one trains anew."),
    ] = None,
) -> None:
    """Train a model of the book, and keep it in runs/EXPERIMENT/PROFILE/.

    Under torchrun its processes train together.
    """
    from lineart_lib.runtime import set_threads
    from lineart_lib.training.experiments import train_experiment
    from lineart_lib.training.machines import is_first

    asked = {"device": device, "strategy": strategy, "precision": precision}
    machine = {name: value for name, value in asked.items() if value is not None}
    with _errors_in_one_line():
        set_threads()
        run = train_experiment(experiment, profile, force=force, **machine)
        if not is_first():
            return
        done = "trained" if run.trained else "was there; --force trains it again"
        last = ", ".join(f"{name} {value:.4g}" for name, value in run.metrics[-1].items())
        typer.echo(f"{run.folder}: {done} ({last})")


@app.command()
def evaluate(
    methods: Annotated[
        str,
        typer.Option(
            "--methods",
            help="Names of fills or trained networks, with commas; all fills by default.",
        ),
    ] = "",
    sets: Annotated[
        str, typer.Option("--sets", help="Names of test sets, with commas.")
    ] = "T1,T2,T3,T4",
    profile: Annotated[
        str, typer.Option("--profile", help="Of the prepared drawings: smoke, book, paper.")
    ] = "book",
    pictures: Annotated[
        int, typer.Option("--pictures", help="At most so many pictures of each set.")
    ] = 48,
    hints: Annotated[
        str, typer.Option("--hints", help="What marks a region: scribble or dot.")
    ] = "scribble",
    extractor: Annotated[
        str, typer.Option("--extractor", help="What draws the lines of T3: xdog or learned.")
    ] = "xdog",
    distances: Annotated[
        bool,
        typer.Option(
            "--distances",
            help="Also compare sets of pictures, half of the regions hinted: Fréchet and kernel "
            "distance, with the floor, on the features of a network.",
        ),
    ] = False,
) -> None:
    """Colour the test sets by every method; write tables with intervals, and the curves."""
    from tqdm import tqdm

    from lineart_lib.evaluation.evaluate import evaluate as evaluated
    from lineart_lib.evaluation.evaluate import load_set
    from lineart_lib.evaluation.fills import FILLS
    from lineart_lib.evaluation.tables import as_text, differences, table, write_tables
    from lineart_lib.runtime import data_folder, project_root

    with _errors_in_one_line():
        chosen = {name: _method(name, profile) for name in _split(methods) or FILLS}
        runs = project_root() / "runs" / "evaluate" / profile
        given = [
            load_set(name, profile, data_folder(), pictures, extractor, hints)
            for name in _split(sets)
        ]
        total = len(chosen) * sum(len(one.cases) for one in given)
        with tqdm(total=total, unit="picture", dynamic_ncols=True) as bar:
            curves = evaluated(chosen, given, runs / "measured", done=bar.update)
        rows = table(curves)
        folder = (
            runs if (hints, extractor) == ("scribble", "xdog") else runs / f"{hints}-{extractor}"
        )
        written = write_tables(rows, differences(curves), curves, folder)
        typer.echo(as_text(rows, "mean ΔE00"))
        if distances:
            written += _compare_sets(chosen, given, folder)
        typer.echo(f"{folder}: {', '.join(path.name for path in written)}")


def _compare_sets(methods: Mapping[str, Any], sets: list[Any], folder: Path) -> list[Path]:
    """Measure distances of sets, say them, and write them."""
    from lineart_lib.evaluation.distances import as_rows, as_text, set_distances
    from lineart_lib.evaluation.features import named_features
    from lineart_lib.evaluation.tables import write_rows

    features, rows = named_features(), []
    for one in sets:
        rows += as_rows(set_distances(methods, one, features), one, features)
    typer.echo(as_text(rows))
    return write_rows(rows, folder, "distances")


@app.command()
def colorize(
    lineart: Annotated[
        Path, typer.Argument(help="A drawing, or a folder of drawings: dark lines on light paper.")
    ],
    hints: Annotated[
        Path | None,
        typer.Option("--hints", help="Strokes on a transparent ground; for a folder, a folder."),
    ] = None,
    mask: Annotated[
        Path | None, typer.Option("--mask", help="White where to paint; elsewhere nothing changes.")
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--picture", help="An earlier result, which stays outside the mask."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", help="Who colours, such as min-cut or watershed.")
    ] = "min-cut",
    profile: Annotated[
        str, typer.Option("--profile", help="Of the training of a network: smoke, book, paper.")
    ] = "book",
    variations: Annotated[
        int, typer.Option("--variations", help="How many paintings of each drawing.")
    ] = 1,
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength",
            help="How far variations may go, for a model with a dial: 0 keeps closest, 1 varies "
            "most.",
        ),
    ] = None,
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            help="File to write, more than once if you like; its end says what: .png, .colours.png "
            "(no lines), .ora, .psd (layers), .gpl, .ase (palette). For a folder, a folder.",
        ),
    ] = None,
    formats: Annotated[
        str, typer.Option("--formats", help="Ends, with commas, where --out names no file.")
    ] = "png",
    size: Annotated[
        int | None,
        typer.Option("--size", help="Longer side in pixels at which the model works."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the first variation.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Write over what is there.")] = False,
) -> None:
    """Colour a drawing of any size; write the picture, its layers or its palette."""
    from tqdm import tqdm

    from lineart_lib.colorize.batch import colour_all
    from lineart_lib.colorize.files import jobs
    from lineart_lib.painters import load_painter

    with _errors_in_one_line():
        ends = [end.removeprefix(".") for end in _split(formats)]
        asked = jobs(lineart, out or (), ends, variations, hints=hints, mask=mask, picture=picture)
        painter = load_painter(model, profile, strength, variations)
        hidden = None if len(asked) > 1 else True
        with tqdm(total=len(asked), unit="drawing", dynamic_ncols=True, disable=hidden) as bar:
            report = colour_all(
                asked, painter, size_px=size, seed=seed, force=force, done=bar.update
            )
        for path in report.written[:8]:
            typer.echo(path)
        if len(report.written) > 8:
            typer.echo(f"and {len(report.written) - 8} more")
        if report.failed:
            for why in report.failed.values():
                typer.echo(f"lineart: {' '.join(why.split())}", err=True)
            raise typer.Exit(code=1)


@study.command("make")
def study_make(
    folders: Annotated[
        list[str],
        typer.Argument(help="Two or more NAME=FOLDER: a method, and its pictures."),
    ],
    out: Annotated[Path, typer.Option("--out", help="The page to write.")] = Path("study.html"),
    given: Annotated[
        Path | None, typer.Option("--given", help="Folder of what was to be coloured.")
    ] = None,
    title: Annotated[
        str, typer.Option("--title", help="What raters read on top.")
    ] = "Which colours are better?",
    asks: Annotated[
        str, typer.Option("--asks", help="opinion (1 to 5), pairs, or both with a comma.")
    ] = "opinion,pairs",
    repeats: Annotated[
        float, typer.Option("--repeats", help="Share of the questions that are asked again.")
    ] = 0.1,
    most: Annotated[
        int | None,
        typer.Option("--most", help="Questions of each kind for one rater; all by default."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed gives other codes.")] = 0,
    force: Annotated[
        bool, typer.Option("--force", help="Write over another study and its key.")
    ] = False,
) -> None:
    """Make a blind study: one page that works offline, and a key that you keep."""
    from lineart_lib.evaluation.study.making import Plan, make_study

    with _errors_in_one_line():
        methods = {}
        for entry in folders:
            name, there, folder = entry.partition("=")
            if not (name and there and folder):
                raise ValueError(f"expected NAME=FOLDER; got {entry!r}")
            if name in methods:
                raise ValueError(f"two folders are named {name!r}: a method has one")
            methods[name] = Path(folder)
        plan = Plan(title, tuple(_split(asks)), repeats, most, seed)
        made = make_study(methods, out, plan, given, force=force)
        typer.echo(
            f"{made.page}: send it to the raters; it works without a network, and asks each of "
            f"them {made.questions:,} questions"
        )
        typer.echo(
            f"{made.key}: keep it to yourself; `lineart study analyse {made.key} ANSWERS…` needs it"
        )


@study.command("analyse")
def study_analyse(
    key: Annotated[Path, typer.Argument(help="The key that `study make` wrote.")],
    answers: Annotated[list[Path], typer.Argument(help="Files that raters saved.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Also write the result as JSON.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Draws the intervals.")] = 0,
    force: Annotated[bool, typer.Option("--force", help="Write over an earlier result.")] = False,
) -> None:
    """Say what raters answered: opinions, preferences, agreement, and how sure it is."""
    import json

    import numpy as np

    from lineart_lib.evaluation.study.analysis import analyse
    from lineart_lib.evaluation.study.answers import read_key, read_sheets
    from lineart_lib.evaluation.study.report import as_text

    with _errors_in_one_line():
        if out and out.exists() and not force:
            raise FileExistsError(f"{out} is there already: choose another name, or --force")
        known = read_key(key)
        found = analyse(known, read_sheets(answers, known), np.random.default_rng(seed))
        typer.echo(as_text(found))
        if out:
            part = out.with_name(f".{out.name}.part")
            part.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
            part.replace(out)


def _split(names: str) -> list[str]:
    """Return the names between commas."""
    return [name.strip() for name in names.split(",") if name.strip()]


def _method(name: str, profile: str) -> Any:
    """Return a fill, or a network that was trained in a profile, as a method of the protocol."""
    from lineart_lib.evaluation.fills import FILLS
    from lineart_lib.painters import PAINTERS, Method, load_painter

    known = _known(name, {**PAINTERS, **FILLS}, "method")
    return known if name in FILLS else Method(load_painter(name, profile))


def _known(name: str, known: Mapping[str, Any], what: str) -> Any:
    """Return what a name stands for, or say which names there are."""
    if name not in known:
        raise ValueError(f"{what} must be one of {', '.join(known)}; got {name!r}")
    return known[name]


class _Say(logging.Handler):
    """Print what the library logs to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


@contextmanager
def _errors_in_one_line() -> Iterator[None]:
    """Turn what a user can mend into one line and exit code 1.

    Anything else is a bug and keeps its traceback.
    """
    try:
        yield
    except (ValueError, OSError, ImportError, SourceError) as error:
        typer.echo(f"lineart: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(code=1) from error


if __name__ == "__main__":
    app()
