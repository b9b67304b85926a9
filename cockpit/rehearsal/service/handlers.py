"""The operations of the service: each a query on the real database, and its answer."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from aiohttp import web

from cockpit.rehearsal.service.connection_pool import DATABASE, DOWN

VERSION = web.AppKey("VERSION", str)

Operate = Callable[[web.Request], Awaitable[web.StreamResponse]]

# to_jsonb reads a column that the migration may not have added yet as null, instead of failing
_NOTE = "to_jsonb(orders) ->> 'delivery_note' AS delivery_note"
_ORDER = "order_id, customer_id, product_id, quantity, amount_cents, status, placed_at, " + _NOTE

_LISTS = {
    "list_orders": f"SELECT {_ORDER} FROM orders ORDER BY order_id DESC LIMIT 20",  # noqa: S608
    "list_customers": "SELECT customer_id, name, city, since FROM customers LIMIT 20",
    "list_products": "SELECT product_id, title, price_cents FROM products ORDER BY product_id",
    "list_stock": "SELECT product_id, in_stock FROM products ORDER BY product_id",
    "list_invoices": "SELECT invoice_id, order_id, amount_cents, issued_at FROM invoices"
    " ORDER BY invoice_id DESC LIMIT 20",
    "analytics": "SELECT status, count(*) AS orders, sum(amount_cents) AS amount_cents"
    " FROM orders GROUP BY status ORDER BY status",
}
_ONES = {
    "get_order": f"SELECT {_ORDER} FROM orders WHERE order_id = $1",  # noqa: S608
    "get_customer": "SELECT customer_id, name, city, since FROM customers WHERE customer_id = $1",
}
_CREATE = (
    "INSERT INTO orders (customer_id, product_id, quantity, amount_cents, status)"  # noqa: S608
    " SELECT $1, product_id, $3, $3 * price_cents, 'placed' FROM products WHERE product_id = $2"
    f" RETURNING {_ORDER}"
)


def answer(value: Any, status: int = 200) -> web.Response:
    """Give a JSON answer; times and sums are written as text and whole numbers."""
    return web.json_response(value, status=status, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, default=lambda v: v.isoformat() if hasattr(v, "isoformat") else int(v))


def _listing(query: str) -> Operate:
    async def operate(request: web.Request) -> web.Response:
        rows = await request.app[DATABASE].fetch(query)
        return answer({"items": [dict(row) for row in rows]})

    return operate


def _single(query: str) -> Operate:
    async def operate(request: web.Request) -> web.Response:
        (value,) = request.match_info.values()
        if not value.isdecimal() or len(value) > 9:
            return answer({"error": f"{value[:40]!r} is not a number of an item"}, 404)
        rows = await request.app[DATABASE].fetch(query, int(value))
        return answer(dict(rows[0])) if rows else answer({"error": f"there is no {value}"}, 404)

    return operate


async def create_order(request: web.Request) -> web.Response:
    """Place an order and give it, 201; 400 when the body is not a NewOrder, 422 when refused."""
    try:
        body = await request.json()
        wanted = [int(body[key]) for key in ("customer_id", "product_id", "quantity")]
    except (ValueError, KeyError, TypeError):
        return answer({"error": "the body needs customer_id, product_id and quantity"}, 400)
    try:
        rows = await request.app[DATABASE].fetch(_CREATE, *wanted)
    except asyncpg.IntegrityConstraintViolationError as error:
        return answer({"error": str(error)}, 422)
    return answer(dict(rows[0]), 201) if rows else answer({"error": "no such product"}, 422)


async def list_jobs(_: web.Request) -> web.Response:
    """Give the background jobs."""
    return answer({"items": [{"name": "invoices", "state": "idle"}]})


async def flush_cache(_: web.Request) -> web.Response:
    """Forget the cache; there is none, and so it is empty afterwards."""
    return answer({"entries": 0})


async def health(request: web.Request) -> web.Response:
    """Ask the database and give status, version and its state: 200, or 503 when it is down."""
    database = "up"
    try:
        await request.app[DATABASE].fetch("SELECT 1")
    except DOWN:
        database = "down"
    well = database == "up"
    value = {
        "status": "ok" if well else "failing",
        "version": request.app[VERSION],
        "database": database,
    }
    return answer(value, 200 if well else 503)


HANDLERS: dict[str, Operate] = {
    **{name: _listing(query) for name, query in _LISTS.items()},
    **{name: _single(query) for name, query in _ONES.items()},
    "create_order": create_order,
    "list_jobs": list_jobs,
    "flush_cache": flush_cache,
    "health": health,
}
