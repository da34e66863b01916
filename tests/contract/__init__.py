"""What every message may count on, held against a real Kafka: see the invariants in workers.broker.broker."""
