"""What the web server runs: ``python -m poise.app.asgi DESCRIPTOR`` serves on a listening socket handed down."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
import warnings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poise.app.settings")

from django.core.asgi import get_asgi_application

application = get_asgi_application()


def _warm() -> None:
    """Compile what conversations are looked through with and what draws, so that no reader need wait for it."""
    from django.db import connection

    from poise.app.conversations.detecting import detector
    from poise.app.people.drawing import warm

    try:
        detector()
        warm()
    except Exception:  # a page that needs it says what is wrong; the others work without
        logging.getLogger(__name__).exception("what conversations are looked through and drawn with cannot be made")
    finally:
        connection.close()


def main(descriptor: int) -> None:
    """Serve until SIGTERM; requests under way may end."""
    import uvicorn

    # static files are read by WhiteNoise, which is synchronous; Django's threads do that well enough
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
    threading.Thread(target=_warm, name="warm", daemon=True).start()
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
