import jwt
import pytest

from checks.web.tokens import Tokens, tokens

SECRET = "a secret that is long enough for HS384, as its forty-eight bytes"
CLAIMS = {"sub": "smoke", "aud": "shop", "exp": 4_000_000_000, "nbf": 1_600_000_000}


def given(made: Tokens) -> dict[str, str]:
    return {each.name: (each.header or "").removeprefix("Bearer ") for each in made.wrong}


def test_each_wrong_token_is_wrong_in_one_thing() -> None:
    good = jwt.encode(CLAIMS, SECRET, "HS384", {"kid": "k1"})
    made = tokens(good, SECRET, "shop")
    wrong = given(made)
    assert list(wrong) == [
        *("no token", "garbage", "a wrong signature", "alg: none"),
        *("an expired token", "a wrong audience"),
    ]
    assert wrong["no token"] == ""
    assert wrong["a wrong signature"].rpartition(".")[0] == good.rpartition(".")[0]
    assert wrong["a wrong signature"] != good
    unsigned = jwt.decode_complete(wrong["alg: none"], options={"verify_signature": False})
    assert (unsigned["header"]["alg"], unsigned["signature"]) == ("none", b"")
    assert unsigned["payload"] == CLAIMS
    with pytest.raises(jwt.ExpiredSignatureError):
        jwt.decode(wrong["an expired token"], SECRET, ["HS384"], audience="shop")
    with pytest.raises(jwt.InvalidAudienceError):
        jwt.decode(wrong["a wrong audience"], SECRET, ["HS384"], audience="shop")
    assert jwt.get_unverified_header(wrong["an expired token"])["kid"] == "k1"
    assert (made.fault, made.unavailable) == ("", {})


def test_without_the_secret_fewer_are_made() -> None:
    made = tokens("opaque", "", "shop")
    assert len(made.wrong) == 4
    assert list(made.unavailable) == ["an expired token", "a wrong audience"]
    assert made.good is not None
    assert made.good.header == "Bearer opaque"


@pytest.mark.law(1)
@pytest.mark.parametrize("good", ["", "opaque", "a.b"])
def test_law_1_without_a_token_to_copy_a_wrong_signature_is_still_a_whole_jwt(good: str) -> None:
    """Law 1: refused for its form, it would prove nothing about signatures."""
    forged = given(tokens(good, "", "shop"))["a wrong signature"]
    whole = jwt.decode_complete(forged, options={"verify_signature": False})
    assert whole["header"]["alg"] == "HS256"
    assert whole["payload"]["aud"] == "shop"
    assert len(whole["signature"]) == 32


def test_a_short_secret_is_the_targets_own_affair() -> None:
    assert tokens("", "short", "").good  # a warning would be an error here, and on the screen


def test_a_token_made_here_lives_five_minutes() -> None:
    made = tokens("", SECRET, "shop")
    assert made.good is not None
    assert made.good.header is not None
    claims = jwt.decode(
        made.good.header.removeprefix("Bearer "), options={"verify_signature": False}
    )
    assert claims["exp"] - claims["iat"] == 300
    assert claims["aud"] == "shop"
    assert tokens("", "", "").good is None


@pytest.mark.law(1)
@pytest.mark.parametrize("good", ["opaque", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.x", "\u00e9.x.y"])
def test_law_1_a_secret_that_does_not_sign_the_token_proves_nothing(good: str) -> None:
    made = tokens(good, SECRET, "")
    assert "not signed with" in made.fault
    assert list(made.unavailable) == ["an expired token"]
