"""The background traffic, run by Locust in a separate process; never imported by the cockpit.

It reads JWT_SECRET and REHEARSAL_RATE (requests a second) from the environment, and ends when its
parent process ends.
"""

import json
import os
import random
import sys
import time
from typing import Any

import gevent
import gevent.socket
import jwt
from locust import FastHttpUser, constant_throughput, events, task

USERS = 20
_RATE = float(os.environ.get("REHEARSAL_RATE", "60"))
_DAY_S = 86_400


@events.init.add_listener  # type: ignore[untyped-decorator]
def wait_for_start(environment: Any, **_: Any) -> None:
    """Announce "ready", then wait until the parent starts the traffic."""
    print(json.dumps({"ready": True}), flush=True)  # noqa: T201 - this line is the protocol
    os.dup2(2, 1)
    gevent.socket.wait_read(0)
    if not os.read(0, 64):
        sys.exit(0)
    gevent.spawn(_until_parent_ends, environment)


def _until_parent_ends(environment: Any) -> None:
    gevent.socket.wait_read(0)
    environment.runner.quit()


class Customer(FastHttpUser):
    """A client of the API with its own token, which reads far more than it writes."""

    wait_time = constant_throughput(_RATE / USERS)
    network_timeout = 5.0
    connection_timeout = 2.0
    headers: dict[str, str]

    def on_start(self) -> None:
        """Sign a token for this user."""
        now_s = int(time.time())
        claims = {"sub": f"user-{random.randrange(10**6)}", "iat": now_s, "exp": now_s + _DAY_S}  # noqa: S311
        token = jwt.encode(claims, os.environ["JWT_SECRET"], "HS256")
        self.headers = {"Authorization": f"Bearer {token}"}

    def _get(self, path: str, name: str | None = None) -> None:
        self.client.get(path, headers=self.headers, name=name or path)

    @task(30)
    def order(self) -> None:
        """Read one order."""
        self._get(f"/api/orders/{random.randint(1, 1000)}", "/api/orders/{order_id}")  # noqa: S311

    @task(20)
    def customer(self) -> None:
        """Read one customer."""
        path = f"/api/customers/{random.randint(1, 1000)}"  # noqa: S311
        self._get(path, "/api/customers/{customer_id}")

    @task(47)
    def listing(self) -> None:
        """Read a list."""
        lists = ("orders", "products", "stock", "customers", "invoices", "analytics")
        self._get(f"/api/{random.choice(lists)}")  # noqa: S311

    @task(3)
    def place(self) -> None:
        """Place an order."""
        body = {
            "customer_id": random.randint(1, 1000),  # noqa: S311
            "product_id": random.randint(1, 50),  # noqa: S311
            "quantity": random.randint(1, 5),  # noqa: S311
        }
        self.client.post("/api/orders", json=body, headers=self.headers)
