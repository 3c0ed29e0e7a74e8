"""The models there are: those that come with the software, and those of the installation."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from ingest.decoders.models.model import Model
from ingest.decoders.models.reading import ModelError, read_model
from pilots.errors import PlanProblem

_SUFFIX = ".yaml"


@cache
def built_in() -> dict[str, Model]:
    """The models that come with the software, by name."""
    found = {}
    for each in files("ingest.decoders.models").iterdir():
        if each.name.endswith(_SUFFIX):
            model = _named(read_model(each.read_text(encoding="utf-8"), each.name), each.name)
            found[model.name] = model
    return dict(sorted(found.items()))


def load(folder: Path | None) -> dict[str, Model]:
    """The built-in models and those in `folder`, as NAME.yaml, by name.

    Raises `ModelError` for one that does not hold, or that takes the name of a built-in one.
    """
    found, wrong = load_good(folder)
    if wrong:
        raise wrong[0]
    return found


def load_good(folder: Path | None) -> tuple[dict[str, Model], list[ModelError]]:
    """As `load`, those that hold, and what is wrong with each of the others."""
    found, wrong = dict(built_in()), []
    for path in sorted(folder.glob(f"*{_SUFFIX}")) if folder is not None and folder.is_dir() else ():
        try:
            model = read_file(path)
        except ModelError as error:
            wrong.append(error)
            continue
        if model.name in built_in():
            problem = PlanProblem(1, f'name "{model.name}" is that of a built-in model: give it another')
            wrong.append(ModelError(str(path), [problem]))
            continue
        found[model.name] = model
    return found, wrong


def read_file(path: Path) -> Model:
    """The model in a file named NAME.yaml. Raises `ModelError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(str(path), [PlanProblem(1, f"not readable: {error}")]) from error
    return _named(read_model(text, str(path)), path.name)


def _named(model: Model, file: str) -> Model:
    if f"{model.name}{_SUFFIX}" != file:
        raise ModelError(
            file, [PlanProblem(1, f'the model is named "{model.name}": name its file {model.name}{_SUFFIX}')]
        )
    return model
