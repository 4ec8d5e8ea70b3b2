import time

import confluent_kafka
import pytest
from confluent_kafka import KafkaError

from processor import config
from processor.adapters import kafka_client
from processor.core import errors

SECRET = "hush-hush"


def settings(protocol="PLAINTEXT", **changes):
    given = {
        "kafka": "broker-1:9092,broker-2:9092",
        "kafka_security_protocol": protocol,
        "kafka_username": "ann",
        "kafka_password": SECRET,
    }
    return config.Settings(_env_file=None, **{**given, **changes})


def error(name, text="as the broker said"):
    return KafkaError(getattr(KafkaError, name), text)


@pytest.mark.parametrize(
    ("protocol", "more"),
    [
        ("PLAINTEXT", {}),
        ("SSL", {"ssl.ca.location": "/etc/ca.pem"}),
        ("SASL_PLAINTEXT", {"sasl.mechanism": "SCRAM-SHA-512", "sasl.username": "ann", "sasl.password": SECRET}),
        (
            "SASL_SSL",
            {
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": "ann",
                "sasl.password": SECRET,
                "ssl.ca.location": "/etc/ca.pem",
            },
        ),
    ],
)
def test_a_client_gets_what_its_security_protocol_needs_and_no_more(protocol, more):
    found = kafka_client.config(settings(protocol, kafka_sasl_mechanism="SCRAM-SHA-512", kafka_ca="/etc/ca.pem"))
    assert found == {
        "bootstrap.servers": "broker-1:9092,broker-2:9092",
        "security.protocol": protocol,
        "client.id": "untuned",
        "log_level": 0,
        **more,
    }


def test_without_a_file_of_authorities_the_systems_are_used():
    assert "ssl.ca.location" not in kafka_client.config(settings("SSL"))


@pytest.mark.parametrize(
    "broken",
    [settings("SSL", kafka_ca="/no/such/file"), settings("SASL_PLAINTEXT", kafka_username="", kafka_password="")],
)
def test_settings_that_do_not_work_are_refused_before_anything_is_sent(broken):
    with pytest.raises(errors.UsageError, match="KAFKA_"):
        kafka_client.connect(confluent_kafka.Producer, broken)


@pytest.mark.parametrize(
    ("found", "kind", "words"),
    [
        (error("_AUTHENTICATION"), errors.Misconfigured, "KAFKA_SASL_PASSWORD"),
        (error("SASL_AUTHENTICATION_FAILED"), errors.Misconfigured, "KAFKA_SASL_PASSWORD"),
        (error("UNSUPPORTED_SASL_MECHANISM"), errors.Misconfigured, "KAFKA_SASL_MECHANISM"),
        (error("_SSL"), errors.Misconfigured, "KAFKA_SSL_CAFILE"),
        (error("_TRANSPORT", "SSL handshake failed: Disconnected"), errors.Misconfigured, "KAFKA_SECURITY_PROTOCOL"),
        (error("_TRANSPORT", "might be caused by security.protocol"), errors.Misconfigured, "KAFKA_SECURITY_PROTOCOL"),
        (error("TOPIC_AUTHORIZATION_FAILED"), errors.Misconfigured, "does not allow"),
        (error("CLUSTER_AUTHORIZATION_FAILED"), errors.Misconfigured, "does not allow"),
        (error("GROUP_AUTHORIZATION_FAILED"), errors.Misconfigured, "does not allow"),
        (error("UNKNOWN_TOPIC_OR_PART"), errors.Misconfigured, "untuned topics"),
        (error("_UNKNOWN_TOPIC"), errors.Misconfigured, "untuned topics"),
        (error("_TRANSPORT"), errors.Unavailable, "KAFKA_BOOTSTRAP_SERVERS"),
        (error("_ALL_BROKERS_DOWN"), errors.Unavailable, "KAFKA_SECURITY_PROTOCOL (now SASL_SSL)"),
        (error("_TIMED_OUT"), errors.Unavailable, "untuned up"),
        (error("_MSG_TIMED_OUT"), errors.Unavailable, "untuned up"),
        (error("_RESOLVE"), errors.Unavailable, "broker-1:9092"),
        (error("NOT_ENOUGH_REPLICAS"), errors.Unavailable, "as the broker said"),
    ],
)
def test_an_error_of_the_library_says_what_to_do(found, kind, words):
    failure = kafka_client.translate(found, settings("SASL_SSL"))
    assert type(failure) is kind
    assert isinstance(failure, errors.Unavailable | errors.Misconfigured)
    assert failure.dependency == "kafka"
    assert words in str(failure)
    assert SECRET not in str(failure)
    assert "\n" not in str(failure)


def test_a_refused_login_is_told_at_once_and_silence_only_after_a_while():
    complaints = kafka_client.Complaints()
    complaints.check(settings())
    complaints(error("_TRANSPORT"))
    complaints(error("_ALL_BROKERS_DOWN"))
    complaints.check(settings())
    complaints(error("_AUTHENTICATION"))
    with pytest.raises(errors.Misconfigured):
        complaints.check(settings())
    complaints.clear()
    complaints.check(settings())
    complaints(error("_RESOLVE"))
    complaints.since = time.monotonic() - kafka_client.GRACE - 1
    with pytest.raises(errors.Unavailable):
        complaints.check(settings())


def test_a_message_keeps_its_bytes():
    class Found:
        topic, partition, offset = (lambda self: "t"), (lambda self: 3), (lambda self: 9)
        key, value = (lambda self: b"\xff"), (lambda self: None)
        timestamp = lambda self: (1, 1234)  # noqa: E731 - as short as the others
        headers = lambda self: [("a", b"\xfe"), ("b", None)]  # noqa: E731

    found = kafka_client.message(Found())
    assert (found.key, found.value, found.headers) == (b"\xff", None, (("a", b"\xfe"), ("b", b"")))
    assert str(found.origin) == "t/3/9"
    assert found.origin.timestamp_ms == 1234
