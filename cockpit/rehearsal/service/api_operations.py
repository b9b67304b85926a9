"""The operations of the small service, as data: the router, the service and the spec read this."""

import re
from dataclasses import dataclass
from enum import StrEnum

STABLE_VERSION = "2.4.0"
CANARY_VERSION = "2.5.0"

FAULT_HEADER = "X-Rehearsal-Fault"
"""Set by the router on requests to the canary, never passed on from outside: names, commas."""

VERSION_HEADER = "X-Service-Version"
"""Set by the service on each of its answers."""

CORS_ORIGINS = frozenset({"https://app.example.com", "https://admin.example.com"})


class Visibility(StrEnum):
    """Who may call an operation, as `x-visibility` says it in the spec."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """One method of one path template, the schema it answers with, and the one it takes, if any."""

    method: str
    path: str
    name: str
    answer: str
    summary: str
    visibility: Visibility = Visibility.PUBLIC
    body: str = ""
    status: int = 200

    @property
    def line(self) -> str:
        """The operation as a route listing writes it: `GET /api/orders`."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in braces of the path."""
        return tuple(re.findall(r"\{(\w+)\}", self.path))


_IN = Visibility.INTERNAL

OPERATIONS: tuple[ServiceOperation, ...] = (
    ServiceOperation("GET", "/api/orders", "list_orders", "OrderList", "The newest orders"),
    ServiceOperation(
        "POST",
        "/api/orders",
        "create_order",
        "Order",
        "Place an order",
        body="NewOrder",
        status=201,
    ),
    ServiceOperation("GET", "/api/orders/{order_id}", "get_order", "Order", "One order"),
    ServiceOperation("GET", "/api/customers", "list_customers", "CustomerList", "Some customers"),
    ServiceOperation(
        "GET", "/api/customers/{customer_id}", "get_customer", "Customer", "One customer"
    ),
    ServiceOperation("GET", "/api/products", "list_products", "ProductList", "What is sold"),
    ServiceOperation("GET", "/api/stock", "list_stock", "StockList", "What is in stock"),
    ServiceOperation("GET", "/api/invoices", "list_invoices", "InvoiceList", "The newest invoices"),
    ServiceOperation("GET", "/api/analytics", "analytics", "Analytics", "Sales by status"),
    ServiceOperation("GET", "/internal/jobs", "list_jobs", "JobList", "Background jobs", _IN),
    ServiceOperation(
        "POST", "/internal/cache/flush", "flush_cache", "Flushed", "Forget the cache", _IN
    ),
    ServiceOperation("GET", "/health", "health", "Health", "Is it well?", _IN),
    ServiceOperation("GET", "/metrics", "metrics", "", "Prometheus metrics", _IN),
)

PUBLIC = tuple(o for o in OPERATIONS if o.visibility is Visibility.PUBLIC)
OPEN_PATHS = frozenset({"/health", "/metrics"})
"""Paths that answer without a token and stay open on a frozen surface."""

_PATTERNS = tuple(
    (re.compile(re.sub(r"\{\w+\}", r"[^/]+", o.path) + r"\Z"), o.path) for o in OPERATIONS
)


def template(path: str) -> str | None:
    """Give the path template that a request path belongs to, or None.

    >>> template("/api/orders/17")
    '/api/orders/{order_id}'
    >>> template("/wp-login.php") is None
    True
    """
    return next((known for pattern, known in _PATTERNS if pattern.match(path)), None)


def is_public(method: str, path_template: str) -> bool:
    """Tell whether a method of a path template is on the public surface."""
    return any(o.method == method and o.path == path_template for o in PUBLIC)
