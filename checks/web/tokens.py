"""Invalid tokens, made from the target's own so that each has exactly one fault."""

import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

_LONG_AGO_S = 1_000_000_000
_LIFE_S = 300.0


Wrong = Literal[
    "no token", "garbage", "a wrong signature", "alg: none", "an expired token", "a wrong audience"
]


class Token(Struct, frozen=True):
    """A kind of token: its name, and its Authorization header; None sends no such header."""

    name: str
    header: str | None


class Tokens(Struct, frozen=True):
    """The tokens to send: wrong ones, a good one, and what each unavailable one would need."""

    wrong: tuple[Token, ...]
    good: Token | None
    unavailable: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    """Why the secret or the good token can prove nothing; empty when nothing is amiss."""

    def only(self, kinds: Sequence[str]) -> "Tokens":
        """Return the tokens of these kinds, all if none is named; a named one must be available."""
        if not kinds:
            return self
        wrong = tuple(token for token in self.wrong if token.name in kinds)
        available = {token.name for token in wrong}
        missing = [kind for kind in kinds if kind not in available]
        needs = {kind: self.unavailable.get(kind, "`secret` and `audience`") for kind in missing}
        return replace(self, wrong=wrong, unavailable=needs)


def tokens(good: str, secret: str, audience: str) -> Tokens:
    """Make the tokens after the `good` one; without one, after claims of our own.

    Those that are signed right need the `secret`; the audience's need the `audience` besides.
    """
    import jwt  # noqa: PLC0415  # reading a card must not load what only a run needs

    with warnings.catch_warnings():
        # A short secret is the target's own affair, and a warning would be written on the screen.
        warnings.simplefilter("ignore")
        claims, head = _after(good, audience)
        fault = _fault(good, claims, secret, head)
        signed = secret if secret and not fault else ""
        if signed and not good:
            good = jwt.encode(claims, signed, "HS256")
        wrong = [Token("no token", None), _bearer("garbage", "cockpit.is.garbage")]
        wrong.append(_bearer("a wrong signature", _forged(good, claims)))
        wrong.append(_bearer("alg: none", jwt.encode(claims, "", "none")))
        right = _right(claims, audience)
        if signed:
            wrong += [
                _bearer(
                    name, jwt.encode(token_claims, signed, head.get("alg", "HS256"), _kid(head))
                )
                for name, token_claims in right.items()
            ]
    unavailable = {} if signed else dict.fromkeys(right, "`secret`")
    return Tokens(
        tuple(wrong), _bearer("the good token", good) if good else None, unavailable, fault
    )


def _bearer(name: str, token: str) -> Token:
    return Token(name, f"Bearer {token}")


def _after(good: str, audience: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """Return the claims and header of a token; our own if there is none, or if it is no JWT."""
    import jwt  # noqa: PLC0415

    try:
        whole = jwt.decode_complete(good, options={"verify_signature": False})
        return dict(whole["payload"]), whole["header"]
    except (jwt.InvalidTokenError, ValueError):
        now_s = datetime.now(UTC).timestamp()
        own = {"sub": "cockpit", "iat": int(now_s), "exp": int(now_s + _LIFE_S)}
        return own | ({"aud": audience} if audience else {}), {}


def _fault(good: str, claims: Mapping[str, Any], secret: str, head: Mapping[str, Any]) -> str:
    """Return why the good token or the secret cannot prove anything, or an empty text."""
    import jwt  # noqa: PLC0415

    expires = claims.get("exp")
    now_s = datetime.now(UTC).timestamp()
    if isinstance(expires, int | float) and expires <= now_s:
        return "the target's token has expired: make a new one"
    if not (good and secret):
        return ""
    try:
        jwt.PyJWS().decode(good, secret, [str(head.get("alg"))])
    except (jwt.PyJWTError, NotImplementedError, TypeError, ValueError):
        return "the target's token is not signed with `secret`, so nothing can be made with it"
    return ""


def _forged(good: str, claims: dict[str, Any]) -> str:
    """Return the good token with a random signature."""
    import jwt  # noqa: PLC0415

    signed, _, _ = jwt.encode(claims, secrets.token_hex(32), "HS256").rpartition(".")
    if good.count(".") == 2:
        signed = good.rpartition(".")[0]
    return f"{signed}.{secrets.token_urlsafe(32)}"


def _right(claims: dict[str, Any], audience: str) -> dict[str, dict[str, Any]]:
    """Return the claims of the tokens that need the secret, by the token's name."""
    expired = {name: value for name, value in claims.items() if name != "nbf"}
    claims_by_name = {"an expired token": expired | {"iat": _LONG_AGO_S - 1, "exp": _LONG_AGO_S}}
    if audience:
        claims_by_name["a wrong audience"] = claims | {"aud": "cockpit-somebody-else"}
    return claims_by_name


def _kid(head: Mapping[str, Any]) -> dict[str, Any]:
    return {"kid": head["kid"]} if "kid" in head else {}


def describe_unavailable(unavailable: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for each token that is not used: what it would need."""
    for name, needed in unavailable.items():
        yield f"not asked with {name}: it needs {needed}"
