"""The handlers of the service's operations; most of them query the real database."""

import json
from typing import Any

import asyncpg
from aiohttp import web
from aiohttp.typedefs import Handler

from cockpit.rehearsal.service.connection_pool import DATABASE, DATABASE_ERRORS

VERSION = web.AppKey("VERSION", str)

# by way of to_jsonb, a column that the migration has not added yet is null and not an error
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
_ITEMS = {
    "get_order": f"SELECT {_ORDER} FROM orders WHERE order_id = $1",  # noqa: S608
    "get_customer": "SELECT customer_id, name, city, since FROM customers WHERE customer_id = $1",
}
_CREATE = (
    "INSERT INTO orders (customer_id, product_id, quantity, amount_cents, status)"  # noqa: S608
    " SELECT $1, product_id, $3, $3 * price_cents, 'placed' FROM products WHERE product_id = $2"
    f" RETURNING {_ORDER}"
)


def json_response(value: Any, status: int = 200) -> web.Response:
    """Build a JSON response, with times in ISO 8601 and decimals as whole numbers."""
    return web.json_response(value, status=status, dumps=_dumps)


def _dumps(value: Any) -> str:
    return json.dumps(value, default=lambda v: v.isoformat() if hasattr(v, "isoformat") else int(v))


def _list_handler(query: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        rows = await request.app[DATABASE].fetch(query)
        return json_response({"items": [dict(row) for row in rows]})

    return handle


def _item_handler(query: str) -> Handler:
    async def handle(request: web.Request) -> web.Response:
        (value,) = request.match_info.values()
        if not value.isdecimal() or len(value) > 9:
            return json_response({"error": f"{value[:40]!r} is not the number of an item"}, 404)
        rows = await request.app[DATABASE].fetch(query, int(value))
        if not rows:
            return json_response({"error": f"there is no {value}"}, 404)
        return json_response(dict(rows[0]))

    return handle


async def create_order(request: web.Request) -> web.Response:
    """Place an order: 201, 400 if the body is not a NewOrder, 422 if the database rejects it."""
    try:
        body = await request.json()
        values = [int(body[key]) for key in ("customer_id", "product_id", "quantity")]
    except (ValueError, KeyError, TypeError):
        return json_response({"error": "the body needs customer_id, product_id and quantity"}, 400)
    try:
        rows = await request.app[DATABASE].fetch(_CREATE, *values)
    except asyncpg.IntegrityConstraintViolationError as error:
        return json_response({"error": str(error)}, 422)
    if not rows:
        return json_response({"error": "no such product"}, 422)
    return json_response(dict(rows[0]), 201)


async def list_jobs(_: web.Request) -> web.Response:
    """List the background jobs."""
    return json_response({"items": [{"name": "invoices", "state": "idle"}]})


async def flush_cache(_: web.Request) -> web.Response:
    """Empty the cache; the service has none, so this only responds."""
    return json_response({"entries": 0})


async def health(request: web.Request) -> web.Response:
    """Report status, version and database: 200, or 503 if the database is down."""
    database = "up"
    try:
        await request.app[DATABASE].fetch("SELECT 1")
    except DATABASE_ERRORS:
        database = "down"
    is_up = database == "up"
    value = {
        "status": "ok" if is_up else "failing",
        "version": request.app[VERSION],
        "database": database,
    }
    return json_response(value, 200 if is_up else 503)


HANDLERS: dict[str, Handler] = {
    **{name: _list_handler(query) for name, query in _LISTS.items()},
    **{name: _item_handler(query) for name, query in _ITEMS.items()},
    "create_order": create_order,
    "list_jobs": list_jobs,
    "flush_cache": flush_cache,
    "health": health,
}
