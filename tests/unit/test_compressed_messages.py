"""Producers choose how their messages are compressed; aiokafka reads most of it with a package of its own."""

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.memory_records import MemoryRecords

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}


@pytest.mark.parametrize("codec", CODECS)
def test_messages_are_read_however_they_are_compressed(codec: str):
    batch = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=CODECS[codec],
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=100_000,
    )
    value = 1000 * b"x"
    batch.append(0, timestamp=0, key=b"k", value=value, headers=[])
    found = MemoryRecords(bytes(batch.build())).next_batch()
    assert found is not None
    assert [record.value for record in found] == [value]
