"""Facts about libraries, as tables: Python here only loads them."""

from nbpipe.knowledge.facts import Argument, AttributeFact, CallFact, TypeFact
from nbpipe.knowledge.lookup import (
    Key,
    attribute,
    canonical,
    estimator_draws,
    function,
    import_effects,
    method,
    operation,
    resolve,
    resolve_items,
    shares_memory,
    subscript,
    type,
)
from nbpipe.knowledge.phases import phase_of_words

__all__ = [
    "Argument",
    "AttributeFact",
    "CallFact",
    "Key",
    "TypeFact",
    "attribute",
    "canonical",
    "estimator_draws",
    "function",
    "import_effects",
    "method",
    "operation",
    "phase_of_words",
    "resolve",
    "resolve_items",
    "shares_memory",
    "subscript",
    "type",
]
