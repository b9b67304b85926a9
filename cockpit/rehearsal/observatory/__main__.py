"""The process of the stand-ins: `python -P -m cockpit.rehearsal.observatory`.

It reads OBSERVATORY_KEY and OBSERVATORY_TOKEN from the environment.
"""

import argparse
import asyncio
import os
import sys

from aiohttp import web

from cockpit.rehearsal.observatory import alertmanager, grafana, prometheus, sentry
from cockpit.rehearsal.observatory.series import LatestSeries
from cockpit.rehearsal.service.serving import LOOPBACK, serve


def application(series: LatestSeries, port: int, key: str, token: str) -> web.Application:
    """Build the application, with each stand-in under its own path."""
    app = web.Application()
    app.add_subapp("/sentry", sentry.application(key, token))
    app.add_subapp("/grafana", grafana.application(series, token))
    alerts = f"http://{LOOPBACK}:{port}/alertmanager"
    app.add_subapp("/prometheus", prometheus.application(series, alerts))
    app.add_subapp("/alertmanager", alertmanager.application())
    app.cleanup_ctx.append(series.scraping)
    return app


def main(argv: list[str]) -> int:
    """Serve on a loopback port until the parent process ends; return the exit status."""
    parser = argparse.ArgumentParser(prog="observatory", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--requests", required=True, help="the router's /metrics")
    parser.add_argument("--pool", action="append", required=True, help="a version's /metrics")
    options = parser.parse_args(argv)
    series = LatestSeries(options.requests, options.pool)
    tokens = os.environ["OBSERVATORY_KEY"], os.environ["OBSERVATORY_TOKEN"]
    return asyncio.run(serve([(application(series, options.port, *tokens), options.port)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
