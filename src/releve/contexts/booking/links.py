"""The link with which a patient moves or cancels an appointment, and the confirmation code.

A link carries the appointment's public id, the link's version and a truncated HMAC (96 bits): nothing to store, nothing
to guess, short enough for one SMS. Changing `link_version` makes every earlier link void.
"""

from __future__ import annotations

import base64
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # no look-alikes: people read these aloud
PUBLIC_ID_LENGTH = 12  # 59 bits


def new_public_id() -> str:
    number, letters = secrets.randbelow(len(_ALPHABET) ** PUBLIC_ID_LENGTH), []
    for _ in range(PUBLIC_ID_LENGTH):
        number, at = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[at])
    return "".join(letters)


def new_token() -> str:
    """A secret of 144 bits for a hold."""
    return secrets.token_urlsafe(18)


def new_code() -> str:
    """Six digits, sent by SMS or mail."""
    return f"{secrets.randbelow(1_000_000):06d}"


def code_digest(hold_token_sha256: str, code: str) -> str:
    """Keyed digest of a code: six digits alone could be enumerated from a leaked table."""
    return salted_hmac("booking.code", f"{hold_token_sha256}:{code}", algorithm="sha256").hexdigest()


def _mac(payload: str) -> str:
    digest = salted_hmac("booking.manage", payload, algorithm="sha256").digest()[:12]
    return base64.urlsafe_b64encode(digest).decode()


def manage_token(public_id: str, link_version: int) -> str:
    """`<public id><version>-<mac>`."""
    payload = f"{public_id}{link_version}"
    return f"{payload}-{_mac(payload)}"


def read_manage_token(token: str) -> tuple[str, int] | None:
    """(public id, link version), or None when the token is forged or malformed."""
    payload, dash, mac = token.partition("-")
    if not dash or len(payload) <= PUBLIC_ID_LENGTH or not payload[PUBLIC_ID_LENGTH:].isdecimal():
        return None
    if not payload.isascii() or not constant_time_compare(_mac(payload), mac):
        return None
    return payload[:PUBLIC_ID_LENGTH], int(payload[PUBLIC_ID_LENGTH:])
