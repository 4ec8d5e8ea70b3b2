"""What the topics are called, and in which form messages are on them."""

from __future__ import annotations

from typing import Literal

import pydantic
import pydantic_settings


class Topics(pydantic_settings.BaseSettings):
    """Topics and messages."""

    topic_prefix: str = pydantic.Field(
        "untuned",
        alias="UNTUNED_TOPIC_PREFIX",
        pattern=r"^[A-Za-z0-9._-]{1,200}$",
        description="of the topics' names, and of the collections' in Weaviate",
    )
    group: str = pydantic.Field("untuned", alias="UNTUNED_GROUP", description="consumer group of the workers")
    wire_format: Literal["avro", "json"] = pydantic.Field(
        "avro", alias="UNTUNED_WIRE_FORMAT", description="of what is written: avro or json; all formats are read"
    )

    def topic(self, kind: str) -> str:
        """The full name of a topic, of a kind as in `core/topics.py` such as `tasks`, behind the prefix."""
        return f"{self.topic_prefix}.{kind}"
