"""A TLS handshake that says why it failed, by the standard library's own verification."""

import asyncio
import datetime as dt
import errno
import os
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct

from checks.core.errors import CheckError
from checks.core.text import join_names, one_line

_EXPIRED, _NOT_YET, _SELF_SIGNED, _SELF_SIGNED_CHAIN = 10, 9, 18, 19
_NO_ISSUER = (2, 20, 21)
_WRONG_NAME = (62, 64)
_NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which the standard library has no name for."""

_VERSIONS = {ssl.TLSVersion.TLSv1_2: "1.2", ssl.TLSVersion.TLSv1_3: "1.3"}


class TlsError(CheckError):
    """There is no TLS handshake to judge; the text is a sentence."""


class TrustStoreError(TlsError):
    """There are no usable certificate authorities; the text ends a sentence about them."""


class TlsVersionError(TlsError):
    """The server speaks TLS, but only an older version than the card requires."""


class CertificateError(TlsError):
    """The certificate cannot be trusted; the text is a sentence, `details` say more."""

    def __init__(self, reason: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.details = details


class Server(Struct, frozen=True):
    """Who is connected to, and the name that is asked for."""

    host: str
    port: int
    name: str


class Handshake(Struct, frozen=True):
    """What a server showed: its TLS, and until when its certificate is for which names."""

    version: str
    expires: dt.datetime
    names: tuple[str, ...]


def context(ca: Path | None, protocol: str) -> ssl.SSLContext:
    """Return a context that trusts the certificate authorities in the file `ca`, or the system's.

    Raises TrustStoreError if there are none: that is not the server's fault.
    """
    try:
        return _context(ca, protocol)
    except ssl.SSLError as error:
        raise TrustStoreError("cannot be used: it holds no certificate in PEM") from error
    except (OSError, ValueError) as error:
        reason = isinstance(error, OSError) and error.strerror
        raise TrustStoreError(f"cannot be used: {reason or 'it is no path'}") from error


def _context(ca: Path | None, protocol: str) -> ssl.SSLContext:
    if ca is not None:
        if not ca.is_file():
            raise FileNotFoundError(2, os.strerror(2))
        trusting = ssl.create_default_context(cafile=str(ca))
    else:
        paths = ssl.get_default_verify_paths()
        if not paths.cafile and not (paths.capath and any(Path(paths.capath).iterdir())):
            raise TrustStoreError("are none on this machine: name a file with some as `ca`")
        trusting = ssl.create_default_context()
    trusting.minimum_version = next(
        version for version, name in _VERSIONS.items() if name == protocol
    )
    return trusting


async def handshake(at: Server, trusting: ssl.SSLContext, timeout_s: float) -> Handshake:
    """Shake hands and return what the server showed; raises TlsError or one of its kinds."""
    try:
        version, certificate = await _shake(at, trusting, timeout_s)
    except ssl.SSLCertVerificationError as error:
        details = await _shown(at, trusting, timeout_s, error.verify_code)
        raise CertificateError(_why_invalid(error, at.name), details) from error
    except (ssl.SSLError, ConnectionResetError) as error:
        # Of who refuses a TLS that is too new for him, some say so and some hang up.
        old = await _oldest(at, timeout_s)
        if old and old < f"TLSv{_VERSIONS[trusting.minimum_version]}":
            raise TlsVersionError(f"speaks only {old}") from error
        raise TlsError(f"no TLS handshake: {_reason(error)}") from error
    except TimeoutError as error:
        raise TlsError("no TLS handshake in time") from error
    except UnicodeError as error:
        raise TlsError("its name is no host's name") from error
    except (OSError, ValueError) as error:
        raise TlsError(f"no TLS handshake: {_reason(error)}") from error
    return _read(version, certificate)


async def _shake(
    at: Server, using: ssl.SSLContext, timeout_s: float
) -> tuple[str, Mapping[str, Any]]:
    async with asyncio.timeout(timeout_s):
        _, writer = await asyncio.open_connection(
            at.host, at.port, ssl=using, server_hostname=at.name
        )
    try:
        tls = writer.get_extra_info("ssl_object")
        return tls.version() or "", tls.getpeercert() or {}
    finally:
        # An orderly goodbye would wait for the other side's.
        writer.transport.abort()


async def _shown(
    at: Server, trusting: ssl.SSLContext, timeout_s: float, code: int
) -> tuple[str, ...]:
    """Shake hands again without the failed verification, to read the certificate's details."""
    if code not in (_EXPIRED, _NOT_YET, *_WRONG_NAME):
        return ()
    trusting.check_hostname = False
    flags = trusting.verify_flags
    trusting.verify_flags = ssl.VerifyFlags(flags | _NO_CHECK_TIME)
    try:
        shown = _read(*await _shake(at, trusting, timeout_s))
    except (OSError, ValueError, TlsError):
        return ()
    finally:
        trusting.verify_flags, trusting.check_hostname = flags, True
    return (f"it is for {join_names(shown.names, 20)}", f"it ends {shown.expires:%Y-%m-%d %H:%MZ}")


async def _oldest(at: Server, timeout_s: float) -> str | None:
    """Return the TLS version that the server speaks when it may choose an old one."""
    using = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    using.check_hostname, using.verify_mode = False, ssl.CERT_NONE
    using.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    using.set_ciphers("ALL:@SECLEVEL=0")
    try:
        return (await _shake(at, using, timeout_s))[0]
    except (OSError, ValueError):
        return None


def _read(version: str, certificate: Mapping[str, Any]) -> Handshake:
    try:
        ends_s = ssl.cert_time_to_seconds(certificate["notAfter"])
        expires = dt.datetime.fromtimestamp(ends_s, dt.UTC)
    except (KeyError, ValueError, OverflowError) as error:
        raise TlsError("its certificate does not say when it ends") from error
    names = tuple(one_line(value, 80) for _, value in certificate.get("subjectAltName", ()))
    return Handshake(version, expires, names)


def _why_invalid(error: ssl.SSLCertVerificationError, name: str) -> str:
    code = error.verify_code
    reasons = {
        _EXPIRED: "the certificate, or one of its chain, has expired",
        _NOT_YET: "the certificate is not valid yet",
        _SELF_SIGNED: "the certificate is self-signed",
        _SELF_SIGNED_CHAIN: "the chain ends in a self-signed certificate that is not trusted",
        **dict.fromkeys(_NO_ISSUER, "the chain leads to no trusted authority"),
        **dict.fromkeys(_WRONG_NAME, f"the certificate has the wrong name, it is not for {name}"),
    }
    return reasons.get(code) or one_line(f"the certificate does not hold: {error.verify_message}")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return one_line((error.reason or "what came is no TLS").lower().replace("_", " "), 80)
    if isinstance(error, ConnectionResetError):
        return os.strerror(errno.ECONNRESET)
    if isinstance(error, OSError) and error.errno and error.errno > 0:
        return os.strerror(error.errno)
    return one_line(str(error), 80) or type(error).__name__
