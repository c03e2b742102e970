"""The webhook adapter: signed calls, classified failures, no blind resend, no way inside."""

from __future__ import annotations

import json
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from adapters.delivery_stages import JOURNEY, task
from adapters.receiver import Receiver, Script, receiving
from groschen.adapters.delivery.safe_target import (
    TargetNotAllowed,
    TargetNotFound,
    check_target,
    is_public,
)
from groschen.adapters.delivery.webhook import WebhookDelivery
from groschen.core.ports.delivery import DeliveryRequest, DeliveryState, ErrorClass
from groschen.kit.clock import real_now
from groschen.kit.ids import encode_id
from groschen.kit.signing_keys import Purpose, SigningKeys

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from groschen.adapters.delivery.safe_target import Address


@pytest.fixture
async def receiver(keys: SigningKeys, tenant_id: UUID) -> AsyncIterator[Receiver]:
    [key, *_] = await keys.current(tenant_id, Purpose.WEBHOOK)
    async with receiving(key.secret) as opened:
        yield opened


@pytest.fixture
def webhook(keys: SigningKeys) -> WebhookDelivery:
    return WebhookDelivery(keys, allow_private_targets=True, timeout_seconds=1)


async def test_the_call_is_signed_and_says_what_to_deliver(
    webhook: WebhookDelivery, receiver: Receiver, tenant_id: UUID
) -> None:
    request = DeliveryRequest(
        tenant_id,
        task(tenant_id, {}).task_id,
        2,
        "issue",
        receiver.url,
        JOURNEY,
        datetime(2027, 3, 1, tzinfo=UTC),
    )
    [result] = await webhook.deliver([request])
    assert (result.state, result.reference) == (DeliveryState.DONE, "r-1")
    assert result.output == {"code": "abc"}
    [call] = receiver.calls
    assert (call.method, call.path) == ("POST", "/hook?partner=1")
    assert call.headers["idempotency-key"] == call.headers["webhook-id"]
    assert call.headers["idempotency-key"] == request.idempotency_key
    assert call.headers["host"] == f"localhost:{receiver.port}"
    assert json.loads(call.body) == {
        "type": "issue",
        "task_id": encode_id("tsk", request.task_id),
        "attempt_group": 2,
        "deadline": "2027-03-01T00:00:00Z",
        "data": JOURNEY,
    }


async def test_a_replaced_secret_signs_beside_the_new_one(
    webhook: WebhookDelivery, receiver: Receiver, keys: SigningKeys, tenant_id: UUID
) -> None:
    await keys.replace(tenant_id, Purpose.WEBHOOK)
    [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
    assert result.state is DeliveryState.DONE


def script(**changes: Any) -> Script:
    return Script(**changes)


@pytest.mark.parametrize(
    ("said", "error_class", "code"),
    [
        (script(status=500), ErrorClass.TRANSIENT, "http_500"),
        (script(status=503), ErrorClass.TRANSIENT, "http_503"),
        (script(status=504), ErrorClass.UNKNOWN, "http_504"),
        (script(status=409), ErrorClass.CONFLICT, "http_409"),
        (script(status=429), ErrorClass.TRANSIENT, "http_429"),
        (script(status=400), ErrorClass.INVALID, "http_400"),
        (script(status=401), ErrorClass.INVALID, "http_401"),
        (script(status=410), ErrorClass.INVALID, "http_410"),
        (script(status=422, body=b'{"code":"no_seat"}'), ErrorClass.INVALID, "no_seat"),
        (script(body=b""), ErrorClass.UNKNOWN, "answer_not_understood"),
        (script(body=b"<html>"), ErrorClass.UNKNOWN, "answer_not_understood"),
        (script(body=b"[]"), ErrorClass.UNKNOWN, "answer_not_understood"),
        (script(body=b'{"status":"maybe"}'), ErrorClass.UNKNOWN, "answer_not_understood"),
        (script(body=b'{"status":5}'), ErrorClass.UNKNOWN, "answer_not_understood"),
        (
            script(body=b'{"status":"done","output":{"a":"\\u0000"}}'),
            ErrorClass.UNKNOWN,
            "answer_not_understood",
        ),
        (
            script(body=b'{"status":"done","reference":"\xed\xa0\x80"}'),
            ErrorClass.UNKNOWN,
            "answer_not_understood",
        ),
        (script(body=b"[" * 60_000), ErrorClass.UNKNOWN, "answer_not_understood"),
        (
            script(body=b'{"status":"done","x":"' + b"x" * 70_000 + b'"}'),
            ErrorClass.UNKNOWN,
            "answer_not_understood",
        ),
        (script(body=b'{"status":"failed","code":"no"}'), ErrorClass.INVALID, "no"),
        (script(body=b'{"status":"failed","retry":true}'), ErrorClass.TRANSIENT, "refused"),
        (script(silent_seconds=2), ErrorClass.UNKNOWN, "no_answer"),
        (script(hangs_up=True), ErrorClass.UNKNOWN, "connection_lost"),
    ],
)
async def test_failures_say_what_to_do(
    webhook: WebhookDelivery,
    receiver: Receiver,
    tenant_id: UUID,
    said: Script,
    error_class: ErrorClass,
    code: str,
) -> None:
    receiver.script = said
    [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
    assert result.state is DeliveryState.FAILED
    assert result.failure is not None
    assert (result.failure.error_class, result.failure.code) == (error_class, code)
    assert result.failure.retry_after is None
    assert len(receiver.calls) == 1


@pytest.mark.parametrize(
    ("status", "header", "wait"),
    [
        (429, "30", timedelta(seconds=30)),
        (503, "7", timedelta(seconds=7)),
        (503, "999999999", timedelta(days=1)),
    ],
)
async def test_a_busy_target_names_its_time(
    webhook: WebhookDelivery,
    receiver: Receiver,
    tenant_id: UUID,
    status: int,
    header: str,
    wait: timedelta,
) -> None:
    receiver.script = Script(status=status, headers={"retry-after": header})
    [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
    assert result.failure is not None
    assert (result.failure.error_class, result.failure.retry_after) == (ErrorClass.BUSY, wait)


async def test_202_is_accepted_and_ends_later(
    webhook: WebhookDelivery, receiver: Receiver, tenant_id: UUID
) -> None:
    receiver.script = Script(status=202, body=b'{"reference":"later-1"}')
    [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
    assert (result.state, result.reference) == (DeliveryState.ACCEPTED, "later-1")


async def test_a_redirect_is_not_followed(
    webhook: WebhookDelivery, receiver: Receiver, tenant_id: UUID
) -> None:
    receiver.script = Script(status=307, headers={"location": receiver.url})
    [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
    assert result.failure is not None
    assert result.failure.error_class is ErrorClass.INVALID
    assert len(receiver.calls) == 1


async def test_an_effect_without_an_answer_is_read_back_not_repeated(
    webhook: WebhookDelivery, receiver: Receiver, tenant_id: UUID
) -> None:
    receiver.script = Script(silent_seconds=2)
    request = task(tenant_id, JOURNEY, receiver.url)
    [sent] = await webhook.deliver([request])
    assert sent.failure is not None
    assert sent.failure.error_class is ErrorClass.UNKNOWN
    [found] = await webhook.find([request])
    assert found is not None
    assert (found.state, found.output) == (DeliveryState.DONE, {"code": "abc"})
    assert [call.method for call in receiver.calls] == ["POST", "GET"]
    assert receiver.calls[1].path == f"/hook/{request.task_id}%3A1?partner=1"
    assert list(receiver.effects) == [request.idempotency_key]


async def test_a_plain_404_does_not_mean_that_it_never_arrived(
    webhook: WebhookDelivery, receiver: Receiver, tenant_id: UUID
) -> None:
    receiver.script = Script(offers_read_back=False)
    [found] = await webhook.find([task(tenant_id, JOURNEY, receiver.url)])
    assert found is not None
    assert found.failure is not None
    assert found.failure.error_class is ErrorClass.UNKNOWN
    assert found.failure.code == "read_back_not_offered"


async def test_a_dead_target_is_tried_again(webhook: WebhookDelivery, tenant_id: UUID) -> None:
    request = task(tenant_id, JOURNEY, "http://127.0.0.1:9/hook")
    [result] = await webhook.deliver([request])
    assert result.failure is not None
    assert (result.failure.error_class, result.failure.code) == (
        ErrorClass.TRANSIENT,
        "not_reachable",
    )


async def test_calls_at_once_are_bounded(keys: SigningKeys, tenant_id: UUID) -> None:
    [key, *_] = await keys.current(tenant_id, Purpose.WEBHOOK)
    webhook = WebhookDelivery(keys, allow_private_targets=True, calls_at_once=3)
    async with receiving(key.secret) as receiver:
        requests = [task(tenant_id, JOURNEY, receiver.url) for _ in range(30)]
        results = await webhook.deliver(requests)
        assert {result.state for result in results} == {DeliveryState.DONE}
        assert receiver.most_at_once <= 3


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return the contexts of a server with a certificate for ``host`` and of who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = real_now()
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return server, ssl.create_default_context(cafile=folder / "cert.pem")


@pytest.mark.parametrize(("host", "arrives"), [("localhost", True), ("elsewhere.test", False)])
async def test_the_certificate_must_be_for_the_name_though_we_go_by_address(
    keys: SigningKeys, tenant_id: UUID, tmp_path: Path, host: str, *, arrives: bool
) -> None:
    [key, *_] = await keys.current(tenant_id, Purpose.WEBHOOK)
    server, trust = certificate(tmp_path, host)
    webhook = WebhookDelivery(keys, allow_private_targets=True, trust=trust)
    async with receiving(key.secret, server) as receiver:
        [result] = await webhook.deliver([task(tenant_id, JOURNEY, receiver.url)])
        assert len(receiver.effects) == arrives
    if not arrives:
        assert result.failure is not None
        assert result.failure.error_class is ErrorClass.TRANSIENT
        assert "certificate" in result.failure.detail


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://169.254.169.254/latest"],
)
async def test_inside_is_out_of_reach_by_default(
    keys: SigningKeys, tenant_id: UUID, target: str
) -> None:
    [result] = await WebhookDelivery(keys).deliver([task(tenant_id, JOURNEY, target)])
    assert result.failure is not None
    assert (result.failure.error_class, result.failure.code) == (
        ErrorClass.INVALID,
        "target_not_allowed",
    )


def resolver(*addresses: str) -> Any:
    async def resolve(*_: object) -> list[Address]:
        return [ip_address(address) for address in addresses]

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hook",
        "/hook",
        "https://",
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://user:secret@example.org/",
        "https://example.org/#part",
        "https://example.org:99999/",
        "https://exa mple.org/",
        "https://example.org/" + "x" * 3000,
    ],
)
async def test_what_is_no_public_address_is_refused(url: str) -> None:
    with pytest.raises(TargetNotAllowed) as refusal:
        await check_target(url, allow_private=False, resolver=resolver("93.184.216.34"))
    assert refusal.value.field == "target"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "240.0.0.1",
        "::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
async def test_one_private_address_refuses_the_host(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(TargetNotAllowed):
        await check_target(
            "https://example.org/",
            allow_private=False,
            resolver=resolver("93.184.216.34", address),
        )


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


async def test_the_call_goes_to_the_address_that_was_checked() -> None:
    target = await check_target(
        "https://example.org:8443/hook?a=1",
        allow_private=False,
        resolver=resolver("93.184.216.34", "2606:2800:220:1::1"),
    )
    assert [str(url) for url in target.urls] == [
        "https://93.184.216.34:8443/hook?a=1",
        "https://[2606:2800:220:1::1]:8443/hook?a=1",
    ]
    assert (target.host_header, target.server_name) == ("example.org:8443", "example.org")
    assert isinstance(target.urls[0], httpx2.URL)


async def test_a_host_without_address_is_not_found() -> None:
    with pytest.raises(TargetNotFound):
        await check_target("https://example.org/", allow_private=False, resolver=resolver())
