"""Names that a person would choose: of the package, of stages, of the values between them."""

import keyword
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Container, Iterator, Sequence

from nbpipe.model.flow import Phase, Statement
from nbpipe.planning.phases import is_split

_VERBS = {
    Phase.SETUP: "prepare",
    Phase.COLLECTION: "load_data",
    Phase.LABELLING: "label_data",
    Phase.EXPLORATION: "explore",
    Phase.CLEANING: "clean_data",
    Phase.FEATURES: "build_features",
    Phase.TRAINING: "train_model",
    Phase.EVALUATION: "evaluate_model",
    Phase.DEPLOYMENT: "save_model",
    Phase.MONITORING: "monitor",
}
_ADJECTIVES = {
    Phase.COLLECTION: "raw",
    Phase.LABELLING: "labelled",
    Phase.CLEANING: "cleaned",
    Phase.FEATURES: "prepared",
    Phase.TRAINING: "trained",
    Phase.EVALUATION: "evaluated",
    Phase.DEPLOYMENT: "final",
    Phase.MONITORING: "monitored",
}
_ACTIONS = {  # what a stage may be called for what many of its statements call
    "fill_missing_values": {"fillna", "interpolate", "ffill", "bfill", "SimpleImputer", "KNNImputer"},
    "drop_missing_values": {"dropna"},
    "drop_duplicates": {"drop_duplicates"},
    "parse_dates": {"to_datetime", "strptime"},
    "merge_tables": {"merge", "join", "concat"},
    "aggregate": {"groupby", "pivot_table", "agg", "resample", "crosstab"},
    "encode_categories": {"get_dummies", "OneHotEncoder", "LabelEncoder", "OrdinalEncoder", "TargetEncoder"},
    "scale_features": {"StandardScaler", "MinMaxScaler", "RobustScaler", "MaxAbsScaler", "scale"},
    "reduce_dimensions": {"PCA", "TruncatedSVD", "TSNE", "UMAP", "LinearDiscriminantAnalysis"},
    "vectorize_text": {"CountVectorizer", "TfidfVectorizer", "HashingVectorizer", "TfidfTransformer"},
    "select_features": {"SelectKBest", "SelectPercentile", "SelectFromModel", "RFE", "RFECV"},
    "balance_classes": {"SMOTE", "RandomOverSampler", "RandomUnderSampler", "ADASYN", "fit_resample"},
    "tune_hyperparameters": {"GridSearchCV", "RandomizedSearchCV"},
    "cross_validate": {"cross_val_score", "cross_validate", "cross_val_predict", "validation_curve", "learning_curve"},
}
_DOING = frozenset(
    [
        "add",
        "aggregate",
        "build",
        "check",
        "clean",
        "combine",
        "compare",
        "compute",
        "convert",
        "create",
        "define",
        "derive",
        "download",
        "drop",
        "encode",
        "engineer",
        "estimate",
        "evaluate",
        "extract",
        "fetch",
        "fill",
        "filter",
        "find",
        "fit",
        "fix",
        "forecast",
        "generate",
        "get",
        "group",
        "handle",
        "impute",
        "import",
        "join",
        "label",
        "load",
        "make",
        "merge",
        "normalize",
        "predict",
        "prepare",
        "preprocess",
        "process",
        "read",
        "reduce",
        "remove",
        "rename",
        "resample",
        "reshape",
        "sample",
        "save",
        "scale",
        "score",
        "segment",
        "select",
        "simulate",
        "split",
        "standardize",
        "test",
        "tokenize",
        "train",
        "transform",
        "tune",
        "validate",
        "vectorize",
        "write",
    ]
)
# What generated projects, their engines and components import, or look for.
_LIBRARIES = frozenset(
    """
    airflow dagster dask databricks doit evidently fastapi feast flyte flytekit fsspec hamilton httpx jinja2 kedro kedro_datasets kfp luigi matplotlib
    metaflow ml_metadata mlflow numpy openlineage optuna pachyderm_sdk pandas pandera papermill prefect pyarrow pydantic pytest ray s3fs sagemaker scipy
    sklearn snakemake snorkel sqlalchemy tenacity tfx uvicorn yaml
    """.split()  # noqa: SIM905 - easier to read so
)
_TRAILING = re.compile(
    r"(_(a|an|and|as|at|by|for|from|her|his|in|into|is|its|my|of|on|or|our|out|s|than|that|the|their|to|using|via|we|with|without|you|your))+$"
)
_RESERVED = {"stages", "functions", "classes", "constants", "settings", "pipeline", "runner", "storage", "tests", "report", "test"}


def identifier(text: str, default: str = "item", limit: int = 40) -> str:
    """Return a snake-case Python name made from any text; never a keyword, and `default` where nothing is left of it."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", plain)
    words = re.findall(r"[A-Za-z0-9]+", plain.lower())
    name = ""
    for word in words:
        if len(name) + len(word) + 1 > limit and name:
            break
        name = f"{name}_{word}" if name else word
    name = name[:limit] or default
    if name[:1].isdigit():
        name = f"{default}_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _RESERVED else name


def package_name(notebook: str, imported: Container[str] = ()) -> str:
    """Return the package's name for a notebook's file name; it must not hide a module of Python, or one that the notebook imports."""
    name = identifier(re.split(r"[\\/]", notebook)[-1].rsplit(".", 1)[0], default="notebook")
    return f"{name}_pipeline" if name in sys.stdlib_module_names or name in _LIBRARIES or name in imported else name


def stage_names(stages: Sequence[tuple[Phase, Sequence[Statement], str]], reserved: frozenset[str] = frozenset()) -> list[str]:
    """Return a name for each stage, all different: the one that a person gave it, else by what it does, by its heading, by what it makes.

    `reserved` are the names that the notebook uses: a stage's function must not hide them.
    """
    names: list[str] = []
    counts = Counter(phase for phase, _, _ in stages)
    for phase, statements, given in stages:
        verb = _verb(phase, statements)
        if counts[phase] == 1 or (verb not in names and phase is not Phase.TRAINING):
            options = [verb, *_specific(phase, statements)]
        else:
            options = [*_specific(phase, statements), verb]
        if given:
            options = [given, *options]
        name = next((option for option in options if option not in names and option not in reserved), None)
        names.append(name or _numbered(options[-1], {*names, *reserved}))
    return names


def _verb(phase: Phase, statements: Sequence[Statement]) -> str:
    if phase is Phase.FEATURES and statements and any(is_split(s) for s in statements[-2:]) and len(statements) <= 4:
        return "split_data"
    if phase is Phase.TRAINING and len(_fitted(statements)) > 1:
        return "train_models"
    if phase is Phase.EVALUATION and len({n for s in statements for n in s.effects.reads if "model" in n.lower()}) > 1:
        return "evaluate_models"
    if phase is Phase.DEPLOYMENT and not any("model" in n.lower() for s in statements for n in s.effects.reads):
        return "save_results"
    return _VERBS[phase]


def _specific(phase: Phase, statements: Sequence[Statement]) -> list[str]:
    """Return names that tell one stage of a phase from another."""
    found = []
    if phase is Phase.TRAINING:
        fitted = _fitted(statements)
        if len(fitted) == 1:
            found.append(identifier(f"train {fitted[0]}"))
    verb = _verb(phase, statements)
    headings = Counter(s.headings[-1] for s in statements if s.headings)
    if headings and 3 * max(headings.values()) >= len(statements):
        heading = _TRAILING.sub("", identifier(re.sub(r"^[\W\d_]+", "", max(headings, key=headings.__getitem__)), default="", limit=30))
        if heading and heading.count("_") <= 4:
            found.extend([heading] if heading.partition("_")[0] in _DOING else [])
            found.append(f"{_VERBS[phase].partition('_')[0]}_{heading}")
    found.extend(_actions(statements))
    if verb != _VERBS[phase]:
        found.append(verb)
    made = [name for s in statements for name in (*s.effects.binds, *s.effects.mutates) if name.strip("_")]
    if made:
        most = max(dict.fromkeys(made), key=made.count)
        found.append(identifier(f"{verb.partition('_')[0]} {most}"))
    return found


def _actions(statements: Sequence[Statement]) -> Iterator[str]:
    """Yield what at least a quarter of the statements that call something do, the most frequent first."""
    called = [{part for call in s.calls for part in call.split(".")[-2:]} for s in statements if s.calls]
    counts = Counter(action for parts in called for action, names in _ACTIONS.items() if parts & names)
    return (action for action, count in counts.most_common() if 4 * count >= len(called))


def _fitted(statements: Sequence[Statement]) -> list[str]:
    """Return the class names of the models that statements fit."""
    types = {name: kind for s in statements for name, kind in s.types}
    found: dict[str, None] = {}
    for statement in statements:
        for call in statement.calls:
            owner, _, method = call.rpartition(".")
            if method in ("fit", "fit_predict") and owner and owner != "?":
                found.setdefault(owner.rpartition(".")[2])
            elif method in ("fit", "fit_predict"):
                found.update(dict.fromkeys(types[n].rpartition(".")[2] for n in statement.effects.mutates if n in types))
    return list(found)


def _numbered(name: str, taken: Container[str]) -> str:
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def unique(name: str, taken: Container[str]) -> str:
    """Return the name, numbered where it is taken."""
    return _numbered(name, taken) if name in taken else name


def port_name(variable: str, stage: str, phase: Phase, rebound: bool) -> str:
    """Return the telling name of a value: the variable's own where there is one version of it only, else with what the stage did to it."""
    if not rebound:
        return variable
    adjective = _ADJECTIVES.get(phase, "")
    return f"{adjective}_{variable}" if adjective else f"{variable}_{stage}"
