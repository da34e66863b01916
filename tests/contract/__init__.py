"""Tests the broker's guarantees, which workers/broker/broker.py lists, with a real Kafka."""
