"""The operations of the rehearsed service, as data for the router, the service and the spec."""

import re
from dataclasses import dataclass
from enum import StrEnum

STABLE_VERSION = "2.4.0"
CANARY_VERSION = "2.5.0"

FAULT_HEADER = "X-Rehearsal-Fault"
"""Comma-separated faults, set by the router on requests to the canary; a client's is dropped."""

VERSION_HEADER = "X-Service-Version"
"""The version of the service that responded, set on each of its responses."""

CORS_ORIGINS = frozenset({"https://app.example.com", "https://admin.example.com"})


class Visibility(StrEnum):
    """Who may call an operation: the value of `x-visibility` in the spec."""

    PUBLIC = "public"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class ServiceOperation:
    """One method of one path template.

    `response` and `request` name the schemas of the bodies; an empty string means no body.
    """

    method: str
    path: str
    name: str
    response: str
    summary: str
    visibility: Visibility = Visibility.PUBLIC
    request: str = ""
    status: int = 200

    @property
    def line(self) -> str:
        """The operation as a line of a route list, such as `GET /api/orders`."""
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the path parameters, in order."""
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
        request="NewOrder",
        status=201,
    ),
    ServiceOperation("GET", "/api/orders/{order_id}", "get_order", "Order", "One order"),
    ServiceOperation("GET", "/api/customers", "list_customers", "CustomerList", "Some customers"),
    ServiceOperation(
        "GET", "/api/customers/{customer_id}", "get_customer", "Customer", "One customer"
    ),
    ServiceOperation("GET", "/api/products", "list_products", "ProductList", "The products"),
    ServiceOperation("GET", "/api/stock", "list_stock", "StockList", "The stock of each product"),
    ServiceOperation("GET", "/api/invoices", "list_invoices", "InvoiceList", "The newest invoices"),
    ServiceOperation("GET", "/api/analytics", "analytics", "Analytics", "Sales by status"),
    ServiceOperation("GET", "/internal/jobs", "list_jobs", "JobList", "Background jobs", _IN),
    ServiceOperation(
        "POST", "/internal/cache/flush", "flush_cache", "Flushed", "Empty the cache", _IN
    ),
    ServiceOperation("GET", "/health", "health", "Health", "The health of the service", _IN),
    ServiceOperation("GET", "/metrics", "metrics", "", "Prometheus metrics", _IN),
)

PUBLIC = tuple(o for o in OPERATIONS if o.visibility is Visibility.PUBLIC)
OPEN_PATHS = frozenset({"/health", "/metrics"})
"""Paths that need no token and stay open while the surface is frozen."""

_PATTERNS = tuple(
    (re.compile(re.sub(r"\{\w+\}", r"[^/]+", o.path) + r"\Z"), o.path) for o in OPERATIONS
)


def path_template(path: str) -> str | None:
    """Return the template that matches a request's path, or None.

    >>> path_template("/api/orders/17")
    '/api/orders/{order_id}'
    >>> path_template("/wp-login.php") is None
    True
    """
    return next((template for pattern, template in _PATTERNS if pattern.match(path)), None)


def is_public(method: str, template: str) -> bool:
    """Whether a method of a path template belongs to the public surface."""
    return any(o.method == method and o.path == template for o in PUBLIC)
