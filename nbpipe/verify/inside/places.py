"""Which line of the generated stages is running: the outermost frame in a file of `stages/`, since functions may be defined inside of a stage."""

from __future__ import annotations

import os
import sys
from typing import Any


class Places:
    """Finds the stage's line in the stack, and in the traceback of an exception.

    A place is `FILE:LINE`, with the file relative to the package's folder; it is empty where the runner or the driver notebook itself is at work.
    """

    def __init__(self, shell: Any, package_folder: str) -> None:
        self._namespace = shell.user_ns
        self._package = package_folder + os.sep
        self._stages = f"{package_folder}{os.sep}stages{os.sep}"

    def where(self, data: Any = None) -> str | None:
        """The place that is running now, or None where the stack does not say (a thread, a figure that is flushed at the end)."""
        frame, own, found = sys._getframe(1), False, None
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith(self._stages):
                found = self._place(file, frame.f_lineno)
            own = own or file.startswith(self._package) or frame.f_globals is self._namespace
            frame = frame.f_back
        return found or ("" if own else None)

    def failed_at(self, error: BaseException | None) -> str:
        """The place that the exception, or what caused it, came from."""
        found, seen = "", set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            step = error.__traceback__
            while step is not None and not step.tb_frame.f_code.co_filename.startswith(self._stages):
                step = step.tb_next
            if step is not None:
                found = self._place(step.tb_frame.f_code.co_filename, step.tb_lineno)
            error = error.__cause__ or error.__context__
        return found

    def _place(self, file: str, line: int) -> str:
        return f"{file[len(self._package) :].replace(os.sep, '/')}:{line}"
