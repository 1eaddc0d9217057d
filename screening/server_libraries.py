"""The parts of gunicorn and waitress that the server uses although neither documents them."""

from __future__ import annotations

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, ThreadedTaskDispatcher, WSGITask

from screening.libraries import require_parts

GUNICORN_PARTS: dict[type, str] = {
    Arbiter: "APP_LOAD_ERROR LISTENERS WORKERS WORKER_BOOT_ERROR handle_hup handle_int handle_term kill_worker "
    "manage_workers murder_workers num_workers start stop",
    Logger: "error_log setup",
    Worker: "aborted age alive app handle_exit init_process notify ppid run sockets tmp",
}
WAITRESS_PARTS: dict[type, str] = {
    ErrorTask: "channel content_length execute request response_headers set_close_on_finish status write",
    HTTPChannel: "cancel creation_time error_task_class handle_close last_activity parser_class request requests "
    "server service task_class total_outbufs_len will_close write_soon",
    HTTPRequestParser: "error headers",
    TcpWSGIServer: "accepting active_channels channel_class pull_trigger socket task_dispatcher",
    ThreadedTaskDispatcher: "add_task queue set_thread_count",
    WSGITask: "get_environment request",
}


def require_server_libraries() -> None:
    """Check that gunicorn and waitress have these parts (D-OPS-73).

    Raises:
        UnsupportedLibrary: one has changed.
    """
    require_parts("gunicorn", GUNICORN_PARTS)
    require_parts("waitress", WAITRESS_PARTS)
