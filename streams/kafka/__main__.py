"""`python -m streams.kafka`: install Kafka where it is not; a part of deploy/set-up."""

import sys

from streams.kafka import KafkaSetupError, install

if __name__ == "__main__":
    try:
        install(lambda message: print(f"set-up: {message}", file=sys.stderr))
    except KafkaSetupError as error:
        sys.exit(f"set-up: {error}")
