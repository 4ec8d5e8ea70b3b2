"""Where Kafka, a schema registry and Weaviate are, and how to log in there."""

from __future__ import annotations

from typing import Literal

import pydantic
import pydantic_settings


class Servers(pydantic_settings.BaseSettings):
    """Kafka, schema registry, Weaviate."""

    kafka: str = pydantic.Field(
        "127.0.0.1:9092", alias="KAFKA_BOOTSTRAP_SERVERS", description="brokers, with commas between"
    )
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = pydantic.Field(
        "PLAINTEXT", alias="KAFKA_SECURITY_PROTOCOL", description="as in Kafka's clients"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = pydantic.Field(
        "PLAIN", alias="KAFKA_SASL_MECHANISM", description="PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"
    )
    kafka_username: str = pydantic.Field("", alias="KAFKA_SASL_USERNAME", description="of the login")
    kafka_password: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr(""), alias="KAFKA_SASL_PASSWORD", description="of the login; a secret"
    )
    kafka_ca: str = pydantic.Field(
        "", alias="KAFKA_SSL_CAFILE", description="certificates to trust; default: the system's"
    )
    registry: str = pydantic.Field(
        "", alias="SCHEMA_REGISTRY_URL", description="Confluent API; empty: single-object encoding"
    )
    weaviate: str = pydantic.Field("http://127.0.0.1:8080", alias="WEAVIATE_URL", description="HTTP address")
    weaviate_grpc: str = pydantic.Field("", alias="WEAVIATE_GRPC_URL", description="host:port; default: port 50051")
    weaviate_key: pydantic.SecretStr = pydantic.Field(
        pydantic.SecretStr(""), alias="WEAVIATE_API_KEY", description="a secret"
    )
