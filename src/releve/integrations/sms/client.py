"""Client of the HTTP gateway described in docs/operate/messages.md (one POST per message)."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from releve.kernel import phones, sms_text
from releve.kernel.outbox import Outgoing, PermanentFailure, TemporaryFailure

# 401, 403, 404: our token or address is wrong, which a person mends; the message itself is not at fault.
_TEMPORARY_REFUSALS = frozenset({401, 403, 404, 407, 408, 409, 425, 429})
_LONGEST_ANSWER = 64 * 1024  # bytes


@dataclass(frozen=True)
class SmsGateway:
    """Address and token of the gateway. `timeout` in seconds for each exchange."""

    url: str
    token: str
    sender: str = "Releve"
    timeout: float = 10.0


class GatewayTransport:
    """Sends SMS through one gateway. The gateway drops doubles by `id`, also given as Idempotency-Key."""

    def __init__(self, gateway: SmsGateway) -> None:
        self._gateway = gateway

    def send(self, message: Outgoing) -> None:
        """Raises PermanentFailure for a number or text that is refused, TemporaryFailure for the rest."""
        if not phones.can_receive_sms(message.to):
            raise PermanentFailure("Ce numéro ne peut pas recevoir de SMS")
        status, answer = self._post(message)
        if status in {200, 201, 202}:
            if not isinstance(answer, dict) or not answer.get("id"):
                # Accepted or not? Asking again is safe: the gateway recognises the id.
                raise TemporaryFailure("Réponse illisible de la passerelle SMS")
            return
        if 400 <= status < 500 and status not in _TEMPORARY_REFUSALS:
            raise PermanentFailure(f"Refusé par la passerelle SMS ({status})")
        raise TemporaryFailure(f"Passerelle SMS indisponible ({status})")

    def close(self) -> None:
        """Each call has its own connection."""

    def _post(self, message: Outgoing) -> tuple[int, object]:
        target = urlsplit(self._gateway.url)
        payload = {
            "id": message.reference,
            "to": message.to,
            "from": self._gateway.sender,
            "text": message.body,
            "encoding": sms_text.measure(message.body).encoding,
        }
        headers = {
            "Authorization": f"Bearer {self._gateway.token}",
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": message.reference,
        }
        path = target.path or "/"
        if target.query:
            path += f"?{target.query}"
        connection = self._connection(target.scheme, target.hostname or "", target.port)
        try:
            connection.request("POST", path, body=json.dumps(payload).encode(), headers=headers)
            response = connection.getresponse()
            raw = response.read(_LONGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise TemporaryFailure(f"Passerelle SMS injoignable ({type(error).__name__})") from error
        finally:
            connection.close()
        try:
            return response.status, json.loads(raw)
        except ValueError:
            return response.status, None

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(
                host, port, timeout=self._gateway.timeout, context=ssl.create_default_context()
            )
        return http.client.HTTPConnection(host, port, timeout=self._gateway.timeout)
