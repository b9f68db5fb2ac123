"""The model as JSON, and back: msgspec does the work."""

from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


def to_data(value: Any) -> Any:
    """Plain dicts, lists and scalars for a value of the model."""
    return msgspec.to_builtins(value)


def from_data(kind: type[T], data: Any) -> T:
    """A value of the model from what `to_data` gives; keys that it does not have are passed over. Raises `msgspec.ValidationError`."""
    return msgspec.convert(data, kind)


def to_json(value: Any) -> str:
    """Indented JSON text, with a newline at its end."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"


def from_json(kind: type[T], text: str | bytes) -> T:
    """A value of the model from its JSON.

    Raises `msgspec.ValidationError` or `msgspec.DecodeError`, which name the place, where the text does not fit.
    """
    return msgspec.json.decode(text, type=kind)
