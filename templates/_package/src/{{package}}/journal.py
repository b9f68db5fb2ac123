"""What happens during a run: a line for each stage, `artifacts/run.json`, and `artifacts/runs.jsonl`, which has all runs."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from doit.reporter import ZeroReporter

from .pipeline import PORTS, STAGES
from .storage import ARTIFACTS, digest, replacing

TAIL = 25  # lines of a failed stage's log that are shown


def log_file(stage: str) -> Path:
    """Where a stage's output goes."""
    return ARTIFACTS / "logs" / f"{stage}.log"


class Journal(ZeroReporter):
    """Told by doit what happens to the stages. Works in the project's folder."""

    def __init__(self, names: list[str], parameters: Mapping[str, Any], store: str | None) -> None:
        self._names = names
        self._store = store
        self._began = time.monotonic()
        self._starts: dict[str, float] = {}
        self._stages: dict[str, dict[str, Any]] = {}
        self._ports = self._earlier_ports()
        self._head = {"started": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "parameters": dict(parameters)}

    def execute_task(self, task: Any) -> None:
        self._starts[task.name] = time.monotonic()
        self._say(f"{task.name}: running")

    def skip_uptodate(self, task: Any) -> None:
        self._record(task.name, "unchanged", success=True, skipped=True)

    def add_success(self, task: Any) -> None:
        seconds = self._seconds(task.name)
        for port in STAGES[task.name].outputs:
            self._ports.pop(port, None)
        self._record(task.name, f"done in {seconds:.1f} s", success=True, skipped=False)

    def add_failure(self, task: Any, fail: Any) -> None:
        log = log_file(task.name)
        self._record(task.name, "failed", success=False, skipped=False)
        if task.name in self._starts and log.is_file():
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
            self._say("\n".join([*lines[-TAIL:], f"The whole log is in {log}."]))
        else:
            self._say(fail.get_msg())

    def complete_run(self) -> None:
        skipped = sum(stage["skipped"] for stage in self._stages.values())
        failed = sum(not stage["success"] for stage in self._stages.values())
        done = len(self._stages) - skipped - failed
        self._say(f"{done} done, {skipped} unchanged, {failed} failed, {len(self._names) - len(self._stages)} not reached")
        run = self._write()
        with (ARTIFACTS / "runs.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps({name: value for name, value in run.items() if name != "ports"}) + "\n")

    def _record(self, name: str, verdict: str, success: bool, skipped: bool) -> None:
        self._stages[name] = {"success": success, "skipped": skipped, "duration": round(self._seconds(name), 3)}
        for port in STAGES[name].outputs if success else ():
            if port not in self._ports:
                self._ports[port] = {"stage": name, "format": PORTS[port].format, **self._place(PORTS[port].file)}
        self._say(f"[{len(self._stages)}/{len(self._names)}] {name}: {verdict}")
        self._write()

    def _place(self, file: str) -> dict[str, str]:
        """Where a file is, and its digest, if it is here."""
        if self._store:
            return {"file": f"{self._store.rstrip('/')}/{file}"}
        return {"file": (ARTIFACTS / file).as_posix(), "hash": digest(ARTIFACTS / file)}

    def _seconds(self, name: str) -> float:
        return time.monotonic() - self._starts[name] if name in self._starts else 0.0

    def _earlier_ports(self) -> dict[str, dict[str, Any]]:
        """What is known of ports that this run may not make anew."""
        try:
            ports = json.loads((ARTIFACTS / "run.json").read_text(encoding="utf-8"))["ports"]
        except (OSError, ValueError, KeyError):
            return {}
        return {name: port for name, port in ports.items() if name in PORTS and port["file"] == (ARTIFACTS / PORTS[name].file).as_posix()}

    def _write(self) -> dict[str, Any]:
        run = {
            **self._head,
            "duration": round(time.monotonic() - self._began, 3),
            "success": len(self._stages) == len(self._names) and all(stage["success"] for stage in self._stages.values()),
            "stages": {name: self._stages[name] for name in self._names if name in self._stages},
            "ports": self._ports,
        }
        with replacing(ARTIFACTS / "run.json") as file:
            file.write_text(json.dumps(run, indent=2), encoding="utf-8")
        return run

    @staticmethod
    def _say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)
