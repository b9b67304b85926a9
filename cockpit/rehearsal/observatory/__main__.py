"""The process: `python -P -m cockpit.rehearsal.observatory`; the environment gives the tokens."""

import argparse
import asyncio
import os
import sys

from aiohttp import web

from cockpit.rehearsal.observatory import alertmanager, grafana, prometheus, sentry
from cockpit.rehearsal.observatory.series import LatestSeries
from cockpit.rehearsal.service.serving import LOOPBACK, serve


def application(series: LatestSeries, port: int, key: str, token: str) -> web.Application:
    """Build all of it: each stand-in answers under a path of its own."""
    app = web.Application()
    app.add_subapp("/sentry", sentry.application(key, token))
    app.add_subapp("/grafana", grafana.application(series, token))
    alerts = f"http://{LOOPBACK}:{port}/alertmanager"
    app.add_subapp("/prometheus", prometheus.application(series, alerts))
    app.add_subapp("/alertmanager", alertmanager.application())
    app.cleanup_ctx.append(series.scraping)
    return app


def main(argv: list[str]) -> int:
    """Serve on a loopback port until the parent ends; give the exit status."""
    parser = argparse.ArgumentParser(prog="observatory", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--requests", required=True, help="the router's /metrics")
    parser.add_argument("--pool", action="append", required=True, help="a version's /metrics")
    asked = parser.parse_args(argv)
    series = LatestSeries(asked.requests, asked.pool)
    tokens = os.environ["OBSERVATORY_KEY"], os.environ["OBSERVATORY_TOKEN"]
    return asyncio.run(serve([(application(series, asked.port, *tokens), asked.port)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
