"""What the detectors find in a log line, what they do not, and that no line takes long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.logs.detectors import find_personal_data

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P"

FOUND = [
    ('{"level":"info","user":"jane.doe@acme.com"}', "e-mail address", "j•••@a•••.com"),
    ("ts=2027-03-01T02:00:00Z user=jane+x@mail.acme.co.uk ok", "e-mail address", "j•••@m•••.uk"),
    ('10.0.0.1 - - "GET /u?mail=jane%40acme.com HTTP/1.1" 200', "e-mail address", "j•••@a•••.com"),
    ('{"mail":"jane\\u0040acme.com"}', "e-mail address", "j•••@a•••.com"),
    ("paid with 4111 1111 1111 1111 by", "card number", "•••• 1111"),
    ("pan=5555555555554444", "card number", "•••• 4444"),
    ('{"card_id":"378282246310005"}', "card number", "•••• 0005"),
    ("card 3782-822463-10005.", "card number", "•••• 0005"),
    ("6011000990139424", "card number", "•••• 9424"),
    ("transfer to DE89 3704 0044 0532 0130 00 done", "IBAN", "DE•••"),
    ('"account":"gb82west12345698765432"', "IBAN", "GB•••"),
    ("called +49 30 901820 twice", "phone number", "+49•••20"),
    ("msg=+1 (415) 555-2671", "phone number", "+1 •••71"),
    ("GET /call?to=%2B4915112345678 200", "phone number", "+49•••78"),
    ('"phone":"0151 12345678"', "phone number", "•••78"),
    ("phone_number=4155552671", "phone number", "•••71"),
    (f"jwt {JWT} used", "token", "JWT eyJ•••"),
    ("Authorization: Bearer 9f8e7d6c5b4a", "token", "authorization •••"),
    ('"authorization":["Basic dXNlcjpwYXNz"]', "token", "authorization •••"),
    ("got bearer 9f8e7d6c5b4a", "token", "bearer •••"),
    ("GET /x?access_token=abcdef123456 200", "token", "•••"),
    ('{"api_key": "k3yk3yk3yk3y"}', "token", "•••"),
    ("key AKIAIOSFODNN7EXAMPLE", "token", "key •••"),
    ("password=hunter2", "password", "•••"),
    ('{"newPassword":"hunter"}', "password", "•••"),
    (r'body="{\"password\":\"hunter2\"}"', "password", "•••"),
    ("DB_PASSWORD=s3cret", "password", "•••"),
    ("password: hunter2", "password", "•••"),
    ("dsn postgres://app:hunter2@db.acme.com/shop", "password", "•••"),
    ("redis://:hunter2@cache:6379", "password", "•••"),
]

NOTHING = [
    "",
    "2027-03-01T02:00:00.123456+02:00 started",
    "2027-03-01 02:00:00,123 INFO 4155552671 rows",
    '10.11.12.13 - - [01/Mar/2027:02:00:00 +0200] "GET /orders/4111111111111111 HTTP/1.1" 200 512',
    '{"time":1772330400,"ms":1772330400123,"us":1772330400123456,"ns":1772330400123456789}',
    "order_id=4111111111111111 done",
    '{"orderId":"4111111111111111","invoice":5555555555554444}',
    "order #4111111111111111 shipped",
    "id=550e8400-e29b-41d4-a716-446655440000 41111111-1111-4111-8111-411111111111",
    "traceparent=00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "trace_id=41111111111111114111111111111111 span_id=4111111111111111",
    "peer 192.168.100.200:54321 [2001:db8:85a3::8a2e:370:7334]:443 52:54:00:12:34:56",
    "lat=+52.5200066 lon=+13.4049540",
    "build 4.17.21+20270301 took +1234567 ns",
    "offset +0200, delta +12345678",
    "1234567890123456 4111111111111112 0000000000000000",
    "pi=3.1415926535897932 x0.4111111111111111",
    "npm install lodash@4.17.21 @acme/ui@1.2.3 logo@2x.png",
    "cloned git@github.com:acme/shop.git com.acme.Foo@1a2b3c4d",
    "amqp://app@mq.acme.com/ ready",
    "mail to j***@acme.com, user=*@acme.com",
    "Authorization: [REDACTED]",
    "authorization=*** token=<redacted> api_key=xxxxxxxx",
    "Bearer authentication failed; authorization: required-by-policy",
    "invalid token: expired signature, next_page_token=abc123def456",
    "password: incorrect for user 7, password=*** passwd=null pwd=[FILTERED]",
    "SELECT id FROM users WHERE password = $1 AND pwd=%s",
    "PWD=/srv/app postgres://app:***@db.acme.com/shop",
    "DE89 3704 0044 0532 0130 01 has a wrong checksum",
    "sha256=9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "hotel=1234567 mobile=true tel=- phones=12",
    "3 passed, pass=3, 0 failed in 4155552671 ns (200) 404-500",
    "\x1b[31m4111\x1b[0m \ufffd\ufffd [/foo] {} %s",
]


@pytest.mark.parametrize(("line", "kind", "redacted"), FOUND)
def test_each_is_found_once_and_shown_redacted(line: str, kind: str, redacted: str) -> None:
    (match,) = find_personal_data(line)
    assert (match.kind, match.redacted) == (kind, redacted)
    assert match.value not in match.redacted


@pytest.mark.parametrize("line", NOTHING)
def test_harmless_lines_have_no_match(line: str) -> None:
    assert [(match.kind, line[match.start : match.end]) for match in find_personal_data(line)] == []


@pytest.mark.parametrize(
    ("region", "number", "count"),
    [
        ("US", "call (415) 555-2671 now", 1),
        ("US", "call 415.555.2671 now", 1),
        ("DE", "call 0170 1234567 now", 1),
        ("FR", "06 12 34 56 78", 1),
        (None, "call (415) 555-2671 now", 0),
        ("DE", "took 10 20 30 40 ms, 1234 5678 rows, 2027-03-01 02:00", 0),
        ("US", "order 415-555-2671", 0),
    ],
)
def test_a_region_s_numbers_need_no_plus(region: str | None, number: str, count: int) -> None:
    assert len(list(find_personal_data(number, region))) == count


def test_several_in_one_line_and_a_group_that_is_no_more_of_it() -> None:
    line = "to DE89 3704 0044 0532 0130 00 ABCD by a@acme.com, b@acme.com"
    assert [match.kind for match in find_personal_data(line)] == ["e-mail address"] * 2 + ["IBAN"]


def test_a_find_across_a_seam_of_a_long_line_is_found_once() -> None:
    for shift in range(0, 40, 3):
        line = " " * (32 * 1024 - shift) + " jane.doe@acme.com " + " " * 100
        assert [match.value for match in find_personal_data(line)] == ["jane.doe@acme.com"]


HOSTILE = ["a", "@", "a@", "a.", "4", "4 ", "+4", "eyJ", "eyJaaaaaaaa.", "://:", "password", "1:"]
HOSTILE += ["DE89 ", "(", "token=", "bearer ", "%40", "0-", "\\", '"', "12/", "a-", "é", "phone=1"]


@pytest.mark.law(12)
@pytest.mark.parametrize("piece", HOSTILE)
def test_law_12_no_line_takes_more_than_its_length_in_time(piece: str) -> None:
    def taken_s(size: int) -> float:
        line = piece * (size // len(piece))
        began = time.process_time()
        for _ in find_personal_data(line, "DE"):
            pass
        return time.process_time() - began

    taken_s(1000)
    short = taken_s(25_000)
    assert taken_s(200_000) < max(8 * short * 3, 1.0)


@given(st.text(alphabet=st.sampled_from(list('4@.:=+ -()"\\%40aeyJDE89password/\0\ud800\u0660'))))
def test_any_text_is_searched(line: str) -> None:
    for match in find_personal_data(line, "US"):
        assert 0 <= match.start < match.end <= len(line)
