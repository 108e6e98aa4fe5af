#!/bin/sh
# Creates the pipeline's topics where they are missing; running it again changes nothing. Needs Kafka's own scripts.
set -eu

create() {
  topic=$1
  shift
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "$KAFKA_BROKERS" --create --if-not-exists --topic "$topic" "$@"
}

# As many partitions as there may be bridges at most: partitions are what a consumer group shares out.
# 9 MiB: what MAX_RECORD_BYTES lets in, and room for headers; the broker's default is 1 MiB.
for topic in $(echo "$KAFKA_INPUT_TOPICS" | tr ',' ' '); do
  create "$topic" --partitions "$TOPIC_PARTITIONS" --config max.message.bytes=9437184
done
# 10 MiB: a dead letter is its input with headers added.
create "$KAFKA_OUTPUT_TOPIC" --partitions "$TOPIC_PARTITIONS" --config max.message.bytes=10485760
create "$KAFKA_DEAD_LETTER_TOPIC" --partitions 1 --config max.message.bytes=10485760
# Every worker reads all of it at start; compaction keeps the newest set of each message type for ever.
create "$KAFKA_EXAMPLES_TOPIC" --partitions 1 --config cleanup.policy=compact
