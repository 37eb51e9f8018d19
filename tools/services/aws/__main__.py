"""Serve until asked to stop: `python -m services.aws CONFIGURATION`.

The configuration is a JSON file: `address` (a file that receives the port once the server answers), `images`, `slots`,
`engine` and `job_environment` as `services.batch.batch_server` describes them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from functools import partial
from pathlib import Path

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from services.aws import batch_api
from services.aws.control import Control
from services.aws.dispatch import Dispatcher
from services.aws.images import Images


class QuietHandler(MotoRequestHandler):
    """Keeps connections open, as the real services do, and logs no request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Log nothing."""


def end(dispatcher: Dispatcher, *_: object) -> None:
    """End the jobs and the process, whatever its threads are doing."""
    dispatcher.close()
    os._exit(0)


def main(path: str) -> None:
    """Serve what the configuration file says."""
    configuration = json.loads(Path(path).read_text())
    images = Images(configuration["images"], configuration["engine"])
    dispatcher = Dispatcher(images, slots=configuration["slots"])
    batch_api.install(dispatcher)
    application = Control(DomainDispatcherApplication(create_backend_app), dispatcher)
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=QuietHandler)
    images.environment = {
        name: value.format(port=server.server_port)
        for name, value in configuration["job_environment"].items()
    }
    signal.signal(signal.SIGTERM, partial(end, dispatcher))
    address = Path(configuration["address"])
    unfinished = address.with_suffix(".part")
    unfinished.write_text(str(server.server_port))
    unfinished.rename(address)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
