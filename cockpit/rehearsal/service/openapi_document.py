"""The OpenAPI 3.1 document of either version of the service."""

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


def _object(**properties: Node) -> Node:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(of: str) -> Node:
    return _object(items={"type": "array", "items": _ref(of)})


def _schemas(version: str) -> dict[str, Node]:
    order = _object(
        order_id=_INT, customer_id=_INT, product_id=_INT, quantity=_INT,
        amount_cents=_INT, status=_TEXT, placed_at=_TIME,
    )  # fmt: skip
    if version == CANARY_VERSION:  # optional, so that the change is compatible with old clients
        order["properties"]["delivery_note"] = {"type": ["string", "null"]}
    return {
        "Order": order,
        "OrderList": _list("Order"),
        "NewOrder": _object(customer_id=_INT, product_id=_INT, quantity=_INT),
        "Customer": _object(customer_id=_INT, name=_TEXT, city=_TEXT, since=_DATE),
        "CustomerList": _list("Customer"),
        "Product": _object(product_id=_INT, title=_TEXT, price_cents=_INT),
        "ProductList": _list("Product"),
        "Stock": _object(product_id=_INT, in_stock=_INT),
        "StockList": _list("Stock"),
        "Invoice": _object(invoice_id=_INT, order_id=_INT, amount_cents=_INT, issued_at=_TIME),
        "InvoiceList": _list("Invoice"),
        "StatusTotal": _object(status=_TEXT, orders=_INT, amount_cents=_INT),
        "Analytics": _list("StatusTotal"),
        "Job": _object(name=_TEXT, state=_TEXT),
        "JobList": _list("Job"),
        "Flushed": _object(entries=_INT),
        "Health": _object(status=_TEXT, version=_TEXT, database=_TEXT),
        "Error": _object(error=_TEXT),
    }


def _json(schema: str) -> Node:
    return {"application/json": {"schema": _ref(schema)}}


def _responses(operation: ServiceOperation) -> Node:
    content = _json(operation.response) if operation.response else {"text/plain": {"schema": _TEXT}}
    responses: Node = {
        str(operation.status): {"description": operation.summary, "content": content}
    }
    failures = {"401": "No valid token", "429": "Too many requests"}
    if operation.visibility is Visibility.INTERNAL:
        failures = {"503": "Unhealthy"}
    for status, meaning in failures.items():
        responses[status] = {"description": meaning, "content": _json("Error")}
    return responses


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
    if operation.request:
        described["requestBody"] = {"required": True, "content": _json(operation.request)}
    return described


def document(version: str) -> dict[str, Any]:
    """Build the OpenAPI document of `version`, of JSON types."""
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
    """List the operations of a spec as sorted `METHOD /path` lines.

    >>> route_lines({"paths": {"/a": {"post": {}, "get": {}}}})
    ['GET /a', 'POST /a']
    """
    return sorted(f"{m.upper()} {path}" for path, methods in spec["paths"].items() for m in methods)
