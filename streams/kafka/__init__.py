"""An embedded Apache Kafka: for tests, the demo and a desk, wherever KAFKA_BOOTSTRAP names no other."""

from streams.kafka.embedded import Broker, down, running, status, up
from streams.kafka.installation import cache_directory, install
from streams.kafka.launch import KafkaSetupError

__all__ = ["Broker", "KafkaSetupError", "cache_directory", "down", "install", "running", "status", "up"]
