"""The routes: who may ask, how much, and for what; the answers are made elsewhere."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import msgspec
from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from tornado import web

from nbpipe.errors import NbpipeError
from nbpipe.planning.edit import digest
from nbpipe.server import answers
from nbpipe.server.documents import JobList, NotebookRequest, PlanRequest, ProjectRequest, RemarksRequest, Report
from nbpipe.server.jobs import Job, Jobs
from nbpipe.server.latest import Latest, Superseded
from nbpipe.server.paths import file_of, folder_of
from nbpipe.server.task import Task
from nbpipe.targets import TARGETS

T = TypeVar("T")

LARGEST = 16 * 1024 * 1024  # bytes of a request; outputs are not sent
LONGEST_WAIT = 20.0  # seconds that a question about a job may wait: many proxies cut silent requests after 30
_RESOURCE = "nbpipe"


class Handler(APIHandler):
    """What all routes share."""

    auth_resource = _RESOURCE

    @property
    def jobs(self) -> Jobs:
        """All jobs of this server."""
        jobs: Jobs = self.settings["nbpipe_jobs"]
        return jobs

    @property
    def latest(self) -> Latest:
        """The threads that analyse."""
        latest: Latest = self.settings["nbpipe_latest"]
        return latest

    def asked(self, kind: type[T]) -> T:
        """The request's body, checked. Raises NbpipeError."""
        if len(self.request.body) > LARGEST:
            raise web.HTTPError(413)
        try:
            return msgspec.json.decode(self.request.body, type=kind)
        except msgspec.MsgspecError as error:
            raise NbpipeError(f"The request is not in the right form: {error}.") from error

    async def answer(self, work: Callable[[], Any], tab: str = "") -> None:
        """Do the work off the event loop, and answer with what it returns."""
        self.reply(await self.latest.run(tab or str(id(self)), work))

    def reply(self, value: Any, status: int = 200) -> None:
        """Answer with a document."""
        self.set_status(status)
        self.set_header("Content-Type", "application/json")
        self.finish(msgspec.json.encode(value))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer bad input with its sentence, and everything else as the server does."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        if isinstance(error, NbpipeError):
            self.reply({"message": str(error)}, 400)
        elif isinstance(error, Superseded):
            self.reply({"message": "a later request was answered instead"}, 409)
        else:
            super().write_error(status_code, **kwargs)

    def log_exception(self, *args: Any) -> None:
        """Bad input is no news for the server's log."""
        if not isinstance(args[1], NbpipeError | Superseded):
            super().log_exception(*args)


class VersionHandler(Handler):
    """What this server runs."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with a `Version`."""
        self.reply(answers.version())


class AnalyzeHandler(Handler):
    """What each cell does."""

    @web.authenticated
    @authorized("read", _RESOURCE)
    async def post(self) -> None:
        """Answer a `NotebookRequest` with the document of `nbpipe analyze`."""
        asked = self.asked(NotebookRequest)
        await self.answer(partial(answers.analysis, asked, file_of(self.contents_manager, asked.path)))


class PlanHandler(Handler):
    """The plan of a notebook as it stands."""

    @web.authenticated
    @authorized("read", _RESOURCE)
    async def post(self) -> None:
        """Answer a `PlanRequest` with a `Proposal`."""
        asked = self.asked(PlanRequest)
        await self.answer(partial(answers.proposal, asked, file_of(self.contents_manager, asked.path)), asked.tab)


class RemarksHandler(Handler):
    """What is noticed about a notebook and its plan."""

    @web.authenticated
    @authorized("read", _RESOURCE)
    async def post(self) -> None:
        """Answer a `RemarksRequest` with `Remarks`."""
        asked = self.asked(RemarksRequest)
        file, folder = file_of(self.contents_manager, asked.path), folder_of(self.contents_manager, asked.folder)
        tab = f"remarks of {asked.tab}" if asked.tab else ""
        await self.answer(partial(answers.remarks, asked, file, folder), tab)


class ProjectHandler(Handler):
    """What asks for a project."""

    def project(self) -> ProjectRequest:
        """The request, with a target that there is."""
        asked = self.asked(ProjectRequest)
        if asked.target not in TARGETS:
            raise NbpipeError(f"There is no target {asked.target!r}: choose from {', '.join(TARGETS)}.")
        return asked


class CodeHandler(ProjectHandler):
    """The generated code, before it is written."""

    @web.authenticated
    @authorized("read", _RESOURCE)
    async def post(self) -> None:
        """Answer a `ProjectRequest` with `Code`."""
        asked = self.project()
        file, folder = file_of(self.contents_manager, asked.path), folder_of(self.contents_manager, asked.folder)
        await self.answer(partial(answers.code, asked, file, folder))


class ConvertHandler(ProjectHandler):
    """Writing the project."""

    @web.authenticated
    @authorized("write", _RESOURCE)
    async def post(self) -> None:
        """Answer a `ProjectRequest` with the document of `nbpipe convert`."""
        asked = self.project()
        file, folder = file_of(self.contents_manager, asked.path), folder_of(self.contents_manager, asked.folder)
        await self.answer(partial(answers.conversion, asked, file, folder))


class JobsHandler(ProjectHandler):
    """Beginning jobs, and finding those of a notebook again."""

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer with the `JobList` of the notebook at `path`."""
        path = self.get_query_argument("path")
        self.reply(JobList(tuple(job.view(whole=False) for job in self.jobs.of(path))))

    @web.authenticated
    @authorized("execute", _RESOURCE)
    async def post(self) -> None:
        """Begin to write and verify a project; answers a `ProjectRequest` with a `JobView`."""
        asked = self.project()
        file, folder = file_of(self.contents_manager, asked.path), folder_of(self.contents_manager, asked.folder)
        notebook = await asyncio.to_thread(answers.read, asked, file)
        task = Task(str(file), msgspec.json.encode(asked.notebook).decode(), str(folder), asked.edits, asked.target, asked.overwrite)
        job = Job(asked.path, asked.folder, digest(notebook))
        self.jobs.start(job, task)
        self.set_header("Location", f"{self.request.path}/{job.id}")
        self.reply(job.view(), 202)


class JobHandler(Handler):
    """One job."""

    def job(self, job_id: str) -> Job:
        """The job of this id, or the answer that there is none."""
        job = self.jobs.find(job_id)
        if job is None:
            raise web.HTTPError(404, "there is no such job: the server may have been started again")
        return job

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Answer with a `JobView`, at once or (`wait`) when there is something new since (`since`)."""
        job = self.job(job_id)
        try:
            since, wait = int(self.get_query_argument("since", "0")), float(self.get_query_argument("wait", "0"))
        except ValueError as error:
            raise NbpipeError(f"`since` and `wait` are numbers: {error}.") from error
        if wait > 0:
            await job.wait(since, min(wait, LONGEST_WAIT))
        self.reply(job.view(max(since, 0)))

    @web.authenticated
    @authorized("execute", _RESOURCE)
    async def delete(self, job_id: str) -> None:
        """Cancel the job."""
        job = self.job(job_id)
        await self.jobs.cancel(job)
        self.reply(job.view())


class ReportHandler(JobHandler):
    """The report of one job."""

    @web.authenticated
    @authorized
    async def get(self, job_id: str) -> None:
        """Answer with a `Report`, once the job is done."""
        job = self.job(job_id)
        if not job.report:
            raise web.HTTPError(404, "there is no report of this job: it is not done")
        self.reply(Report(job.report))


ROUTES = (
    ("version", VersionHandler),
    ("analyze", AnalyzeHandler),
    ("plan", PlanHandler),
    ("remarks", RemarksHandler),
    ("code", CodeHandler),
    ("convert", ConvertHandler),
    ("jobs", JobsHandler),
    (r"jobs/([0-9a-f]{32})", JobHandler),
    (r"jobs/([0-9a-f]{32})/report", ReportHandler),
)
