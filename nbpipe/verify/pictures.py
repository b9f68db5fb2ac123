"""Keep pictures of differences for a report."""

from pathlib import Path

from nbpipe.verify.verdict import Verdict

_KINDS = ("expected", "found", "difference")


def keep_pictures(folder: str | None, name: str, verdict: Verdict) -> tuple[str, ...]:
    """Write the pictures of a difference into the report's folder, if there is one."""
    if folder is None or not verdict.pictures:
        return ()
    Path(folder).mkdir(parents=True, exist_ok=True)
    paths = [Path(folder, f"{name}-{kind}.png") for kind in _KINDS]
    for path, picture in zip(paths, verdict.pictures, strict=True):
        path.write_bytes(picture)
    return tuple(map(str, paths))
