"""Long work: each job is a process that says what it is at, and anybody may ask how far it is."""

import asyncio
import signal
import sys
import uuid
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from nbpipe.errors import NbpipeError
from nbpipe.model.codec import from_json
from nbpipe.server.documents import ConversionDocument, JobView, State
from nbpipe.server.task import Event, Task

_COMMAND = (sys.executable, "-P", "-m", "nbpipe.server.task")
_LONGEST_LINE = 2**28  # the result comes in one line
_GRACE = 20.0  # seconds between asking a process to end and ending it


@dataclass
class Job:
    """One job; `path` and `folder` are paths of the browser, `digest` that of the notebook's cells."""

    path: str
    folder: str
    digest: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: State = State.QUEUED
    messages: list[str] = field(default_factory=list)
    result: ConversionDocument | None = None
    report: str = ""
    error: str = ""
    work: asyncio.Task[None] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def over(self) -> bool:
        """Whether nothing more will happen."""
        return self.state not in (State.QUEUED, State.RUNNING)

    def view(self, since: int = 0, whole: bool = True) -> JobView:
        """The job as it stands, with what it said since then."""
        messages = tuple(self.messages[since:])
        return JobView(
            self.id,
            self.state,
            self.path,
            self.folder,
            self.digest,
            len(self.messages),
            messages,
            self.result if whole else None,
            self.error,
        )

    async def wait(self, since: int, seconds: float) -> None:
        """Wait until the job has more to say than that, or is over."""
        async with self.changed:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait_for(lambda: self.over or len(self.messages) > since), seconds)

    async def tell(self) -> None:
        """Wake those who wait."""
        async with self.changed:
            self.changed.notify_all()


class Jobs:
    """All jobs: a few run at a time, some wait, and of those that are over the last ones are kept."""

    def __init__(self, running: int = 2, waiting: int = 8, kept: int = 50) -> None:
        self._free = asyncio.Semaphore(running)
        self._most, self._kept = running + waiting, kept
        self._jobs: dict[str, Job] = {}

    def find(self, job_id: str) -> Job | None:
        """The job with this id, unless it is forgotten."""
        return self._jobs.get(job_id)

    def of(self, path: str) -> Iterator[Job]:
        """The jobs for a notebook, the latest first."""
        return (job for job in reversed(self._jobs.values()) if job.path == path)

    def start(self, job: Job, task: Task) -> None:
        """Begin a job as soon as there is room. Raises NbpipeError where too many wait already, or one writes to the same folder."""
        active = [other for other in self._jobs.values() if not other.over]
        if len(active) >= self._most:
            raise NbpipeError(f"{len(active)} verifications are under way: wait for one of them, or cancel it.")
        if any(other.folder == job.folder for other in active):
            raise NbpipeError(f"A verification of {job.folder} is under way: wait for it, or cancel it.")
        over = [other.id for other in self._jobs.values() if other.over]
        for old in over[: max(len(over) - self._kept, 0)]:
            del self._jobs[old]
        self._jobs[job.id] = job
        job.work = asyncio.get_running_loop().create_task(self._run(job, task))

    async def cancel(self, job: Job) -> None:
        """End a job with all that it started."""
        if job.work and not job.work.done():
            job.work.cancel()
            await asyncio.wait([job.work])

    async def _run(self, job: Job, task: Task) -> None:
        try:
            async with self._free:
                job.state = State.RUNNING
                process = await asyncio.create_subprocess_exec(
                    *_COMMAND, stdin=PIPE, stdout=PIPE, limit=_LONGEST_LINE, start_new_session=True
                )
                try:
                    await self._follow(job, process, task)
                finally:
                    await _end(process)
        except asyncio.CancelledError:
            job.state = State.CANCELLED
        except Exception as error:  # whatever happened, those who wait are told
            job.state, job.error = State.FAILED, f"the job broke off: {type(error).__name__}: {error}"
        await job.tell()

    async def _follow(self, job: Job, process: Process, task: Task) -> None:
        """Give the process its task, and take in what it says."""
        if process.stdin is None or process.stdout is None:
            raise AssertionError("the process was started with pipes")
        process.stdin.write(msgspec.json.encode(task) + b"\n")
        async for line in process.stdout:
            event = from_json(Event, line)
            if event.message:
                job.messages.append(event.message)
            elif event.result is not None:
                job.result, job.report = msgspec.convert(event.result, ConversionDocument), event.report
            job.error = event.error
            await job.tell()
        code = await process.wait()
        if job.result is None and not job.error:
            job.error = f"the process ended early, with code {code}: is there too little memory?"
        job.state = State.FAILED if job.error else State.DONE


async def _end(process: Process) -> None:
    """Ask the process to end, which ends what it started; then end it."""
    if process.returncode is None:
        process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _GRACE)
        except TimeoutError:
            process.kill()
            await process.wait()
