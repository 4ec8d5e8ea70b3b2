"""Apache Kafka: one node, broker and controller in one (KRaft), from its Maven jars."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from processor.core import errors
from processor.local import artifacts, maven, tools
from processor.local.server import Command

if TYPE_CHECKING:
    from pathlib import Path

    from processor.config import Settings
    from processor.local.job import Job

VERSION = "4.1.0"
JARS = (
    f"org.apache.kafka:kafka_2.13:{VERSION}",
    f"org.apache.kafka:kafka-tools:{VERSION}",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",  # without it Kafka logs nothing
)
JARS_BYTES = 56_000_000
FORMAT_PATIENCE = 120.0
CLUSTER_ID = "dW50dW5lZC1sb2NhbC1rYQ"  # any 16 bytes in base64

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>untuned</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
{dependencies}
  </dependencies>
</project>
"""
DEPENDENCY = "    <dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"

PROPERTIES = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
controller.listener.names=CONTROLLER
controller.quorum.voters=1@127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
# Topics are made on purpose; a misspelt one is an error.
auto.create.topics.enable=false
message.max.bytes=16777216
replica.fetch.max.bytes=16777216
# One node: nothing can be replicated, and nobody else will join.
offsets.topic.replication.factor=1
offsets.topic.num.partitions=8
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=4
"""

LOGGING = """\
status = warn
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.server.name = kafka.server
logger.server.level = info
"""


class Kafka:
    """The broker."""

    name = "kafka"
    ports = 2
    patience = 180.0
    grace = 15.0

    def preflight(self) -> None:
        """Java must be there."""
        tools.java()

    def prepare(self, cache: Path, job: Job) -> Path:
        """The folder of jars."""
        return artifacts.obtain(cache, f"kafka-{VERSION}", _fetch, job)

    def command(self, prepared: Path, folder: Path, port: int, job: Job) -> Command:
        """Java with the broker's properties; a new data folder is formatted first."""
        properties, logging = folder / "server.properties", folder / "log4j2.properties"
        properties.write_text(PROPERTIES.format(port=port, controller=port + 1, data=folder / "data"))
        logging.write_text(LOGGING)
        java = (tools.java(), f"-Dlog4j2.configurationFile={logging}", "-cp", f"{prepared}/*")
        if not (folder / "data").is_dir():
            _format(java, folder, properties, job)
        return Command((java[0], "-Xms64m", "-Xmx512m", *java[1:], "kafka.Kafka", str(properties)))

    def addresses(self, port: int) -> dict[str, str]:
        """The bootstrap server."""
        return {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{port}"}

    def where(self, settings: Settings) -> str:
        """The bootstrap servers."""
        return settings.kafka

    def check(self, settings: Settings, *, thorough: bool) -> None:
        """Ask which brokers there are."""
        del thorough  # the answer costs nothing
        from processor.adapters import kafka_client, kafka_cluster

        with kafka_cluster.Cluster(settings) as cluster:
            asked = cluster.call(lambda client: {"": client.describe_cluster(request_timeout=kafka_client.TIMEOUT)})
            if not cluster.checked(asked)[""].nodes:
                raise errors.Unavailable("kafka", f"{settings.kafka} answers, but no broker is registered there yet")


def _fetch(building: Path, job: Job) -> None:
    mvn = tools.maven("Apache Kafka's jars", "kafka", "KAFKA_BOOTSTRAP_SERVERS")
    pom = building / "pom.xml"
    pom.write_text(POM.format(dependencies="\n".join(DEPENDENCY.format(*jar.split(":")) for jar in JARS)))
    options = ["--file", str(pom), "-DincludeScope=runtime", f"-DoutputDirectory={building / 'contents'}"]
    maven.run(mvn, "copy-dependencies", options, f"fetching Apache Kafka {VERSION}", building, job, JARS_BYTES)


def _format(java: tuple[str, ...], folder: Path, properties: Path, job: Job) -> None:
    """Make the data folder: formatted under another name and renamed, so that it is never half-formatted."""
    new = folder / "format" / "data"
    shutil.rmtree(new.parent, ignore_errors=True)
    new.parent.mkdir()
    draft = new.parent / "server.properties"
    draft.write_text(properties.read_text().replace(str(folder / "data"), str(new)))
    tool = ("kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config", str(draft))
    job.run([*java, *tool], "formatting its data folder", new.parent, patience=FORMAT_PATIENCE)
    new.rename(folder / "data")
