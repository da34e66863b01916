"""The clients of kafka-python: `factory` configures them, `diagnosis` finds out why Kafka can't be used.

Private to the broker.
"""
