"""Keep pictures of differences for a report."""

from pathlib import Path

from nbpipe.verify.verdict import Verdict

_KINDS = ("expected", "found", "difference")


def keep_pictures(folder: str | None, name: str, verdict: Verdict) -> tuple[str, ...]:
    """Write the pictures of the differences into the report's folder, if there is one."""
    if folder is None or not verdict.pictures:
        return ()
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = []
    for number, picture in enumerate(verdict.pictures):
        which, kind = divmod(number, len(_KINDS))
        path = Path(folder, f"{name}{f'-{which + 1}' if which else ''}-{_KINDS[kind]}.png")
        path.write_bytes(picture)
        paths.append(str(path))
    return tuple(paths)
