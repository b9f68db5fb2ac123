"""The Jupyter server extension: thin HTTP over `nbpipe.api`, with the same JSON as the command line's."""

from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join

from nbpipe.server.handlers import ROUTES
from nbpipe.server.jobs import Jobs
from nbpipe.server.latest import Latest


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "nbpipe.server"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    """Add the routes to a server."""
    application = server.web_app
    application.settings |= {"nbpipe_jobs": Jobs(), "nbpipe_latest": Latest(at_a_time=2)}
    base = application.settings["base_url"]
    routes = [(url_path_join(base, "nbpipe", route), handler) for route, handler in ROUTES]
    application.add_handlers(".*$", routes)  # type: ignore[no-untyped-call]
