"""What the web server runs: ``python -m poise.app.asgi DESCRIPTOR`` serves on a listening socket handed down."""

from __future__ import annotations

import os
import socket
import sys
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()


def main(descriptor: int) -> None:
    """Serve until SIGTERM; requests under way may end."""
    import uvicorn

    # static files are read by WhiteNoise, which is synchronous; Django's threads do that well enough
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,  # addresses with who looked at whom belong into the audit log, not into text files
        server_header=False,
        proxy_headers=False,  # POISE_PROXIES says what to believe; see settings
        lifespan="off",
        timeout_graceful_shutdown=15,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
