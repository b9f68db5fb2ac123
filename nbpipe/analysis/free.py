"""The names that a function or class takes from the notebook when it is called."""

import symtable
from collections.abc import Iterator

from nbpipe.analysis.memory import BUILTINS

_COMPREHENSIONS = frozenset({"listcomp", "setcomp", "dictcomp", "genexpr"})


def free_names(source: str) -> tuple[str, ...]:
    """Return the global names that the functions in a definition's source read or bind, sorted; builtins only where they are bound too.

    CPython's own symbol tables know the scopes.
    """
    found: set[str] = set()
    assigned: set[str] = set()
    for table in symtable.symtable(source, "<cell>", "exec").get_children():
        _collect(table, found, assigned)
    return tuple(sorted(name for name in found if name not in BUILTINS or name in assigned))


def local_names(source: str) -> frozenset[str]:
    """Return the names that would be local to a function with this body: those that it binds itself, not in functions inside."""
    return frozenset(_bound(symtable.symtable(source, "<cell>", "exec")))


def _bound(table: symtable.SymbolTable) -> Iterator[str]:
    inside = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (symbol.is_assigned() or symbol.is_imported()) and (inside or symbol.is_global()):
            yield symbol.get_name()
    for child in table.get_children():
        if child.get_name() in _COMPREHENSIONS:  # where `:=` binds a name of the code around
            yield from _bound(child)


def _collect(table: symtable.SymbolTable, found: set[str], assigned: set[str]) -> None:
    for symbol in table.get_symbols():
        if symbol.is_global():
            found.add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                assigned.add(symbol.get_name())
    for child in table.get_children():
        _collect(child, found, assigned)
