"""Kafka messages <-> records: JSON, Avro of a schema registry, Avro single-object encoding; the first bytes tell which.

    0x00 + 4 bytes of schema id        Avro, its schema in the registry
    0xC3 0x01 + 8 bytes fingerprint    Avro single-object encoding, of one of untuned's own schemas
    anything else                      JSON

What untuned writes is Avro: with a registry in the first form, without one in the second. With
`UNTUNED_WIRE_FORMAT=json` it is JSON with the same field names; free JSON is then JSON, bytes are base64.
"""

from processor.adapters.wire.codec import Outgoing, Wire
from processor.adapters.wire.envelopes import text as envelope
from processor.adapters.wire.schemas import Registry

__all__ = ["Outgoing", "Registry", "Wire", "envelope"]
