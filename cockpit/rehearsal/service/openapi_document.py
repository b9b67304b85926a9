"""The OpenAPI 3.1 document of the service, for either version. Every schema is a domain type."""

from typing import Any

from cockpit.rehearsal.service.api_operations import (
    CANARY_VERSION,
    OPERATIONS,
    ServiceOperation,
    Visibility,
)

Node = dict[str, Any]

_INT: Node = {"type": "integer"}
_TEXT: Node = {"type": "string"}
_TIME: Node = {"type": "string", "format": "date-time"}
_DATE: Node = {"type": "string", "format": "date"}


def _record(**properties: Node) -> Node:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: str) -> Node:
    return _record(items={"type": "array", "items": _ref(of)})


def _schemas(version: str) -> dict[str, Node]:
    order = _record(
        order_id=_INT, customer_id=_INT, product_id=_INT, quantity=_INT,
        amount_cents=_INT, status=_TEXT, placed_at=_TIME,
    )  # fmt: skip
    if version == CANARY_VERSION:  # only added, and optional: an old client reads it unchanged
        order["properties"]["delivery_note"] = {"type": ["string", "null"]}
    return {
        "Order": order,
        "OrderList": _list("Order"),
        "NewOrder": _record(customer_id=_INT, product_id=_INT, quantity=_INT),
        "Customer": _record(customer_id=_INT, name=_TEXT, city=_TEXT, since=_DATE),
        "CustomerList": _list("Customer"),
        "Product": _record(product_id=_INT, title=_TEXT, price_cents=_INT),
        "ProductList": _list("Product"),
        "Stock": _record(product_id=_INT, in_stock=_INT),
        "StockList": _list("Stock"),
        "Invoice": _record(invoice_id=_INT, order_id=_INT, amount_cents=_INT, issued_at=_TIME),
        "InvoiceList": _list("Invoice"),
        "StatusTotal": _record(status=_TEXT, orders=_INT, amount_cents=_INT),
        "Analytics": _list("StatusTotal"),
        "Job": _record(name=_TEXT, state=_TEXT),
        "JobList": _list("Job"),
        "Flushed": _record(entries=_INT),
        "Health": _record(status=_TEXT, version=_TEXT, database=_TEXT),
        "Error": _record(error=_TEXT),
    }


def _json(schema: str) -> Node:
    return {"application/json": {"schema": _ref(schema)}}


def _responses(operation: ServiceOperation) -> Node:
    content = _json(operation.answer) if operation.answer else {"text/plain": {"schema": _TEXT}}
    answers: Node = {str(operation.status): {"description": operation.summary, "content": content}}
    failures = {"401": "No valid token", "429": "Too many requests"}
    if operation.visibility is Visibility.INTERNAL:
        failures = {"503": "Not well"}
    for status, meaning in failures.items():
        answers[status] = {"description": meaning, "content": _json("Error")}
    return answers


def _describe(operation: ServiceOperation) -> Node:
    described: Node = {
        "operationId": operation.name,
        "summary": operation.summary,
        "x-visibility": operation.visibility.value,
        "responses": _responses(operation),
        "security": [{"bearer": []}] if operation.visibility is Visibility.PUBLIC else [],
    }
    if operation.parameters:
        described["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _INT}
            for name in operation.parameters
        ]
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(operation.body)}
    return described


def document(version: str) -> dict[str, Any]:
    """Give the OpenAPI document of `version`, ready to be written as JSON."""
    paths: dict[str, Node] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _describe(operation)
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "acme-api", "version": version},
        "paths": paths,
        "components": {"schemas": _schemas(version), "securitySchemes": {"bearer": bearer}},
    }


def route_lines(spec: dict[str, Any]) -> list[str]:
    """Give the operations of a spec as sorted `METHOD /path` lines.

    >>> route_lines({"paths": {"/a": {"post": {}, "get": {}}}})
    ['GET /a', 'POST /a']
    """
    return sorted(f"{m.upper()} {path}" for path, methods in spec["paths"].items() for m in methods)
