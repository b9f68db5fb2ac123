"""Mark every output with the place in the code that made it: in the metadata of what is displayed, as marks in the text of the streams."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipykernel.iostream import OutStream

MARK = "\x1e{}\x1f"
KEY = "nbpipe"


def install(shell: Any, where: Callable[..., str | None]) -> None:
    """Mark the outputs of this kernel.

    `where(data)` is the place that is running, or None where that is unknown: the output then belongs to the last known place. `data` is the
    MIME bundle that is shown, if one is.
    """
    shown: dict[str, str] = {}  # the last place that wrote to each stream
    last = [""]

    def place(data: Any = None) -> str:
        known = where(data)
        if known is not None:
            last[0] = known
        return last[0]

    def restart() -> None:
        shown.clear()
        last[0] = ""

    shell.events.register("pre_execute", restart)
    _mark_streams(shown, place)
    _mark_displays(shell.display_pub, shown, place)
    _mark_results(shell.displayhook, place)


def _mark_streams(shown: dict[str, str], place: Callable[..., str]) -> None:
    write = OutStream.write

    def marked_write(stream: Any, string: Any) -> Any:
        now = place()
        if now and shown.get(stream.name) != now:
            shown[stream.name] = now
            write(stream, MARK.format(now))
        return write(stream, string)

    OutStream.write = marked_write


def _mark_displays(publisher: Any, shown: dict[str, str], place: Callable[..., str]) -> None:
    publish, clear = publisher.publish, publisher.clear_output

    def marked_publish(data: Any, metadata: Any = None, **options: Any) -> Any:
        return publish(data, {**(metadata or {}), KEY: place(data)}, **options)

    def marked_clear(wait: bool = False) -> Any:
        shown.clear()  # the marks go with the text that is cleared
        return clear(wait)

    publisher.publish, publisher.clear_output = marked_publish, marked_clear


def _mark_results(hook: Any, place: Callable[..., str]) -> None:
    write = hook.write_format_data

    def marked_write(format_dict: Any, md_dict: Any = None) -> Any:
        return write(format_dict, {**(md_dict or {}), KEY: place()})

    hook.write_format_data = marked_write
