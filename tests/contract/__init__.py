"""The guarantees of the broker, tested with a real Kafka: workers/broker/broker.py lists them."""
