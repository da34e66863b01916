"""Reads records from Kafka for Dramatiq's workers, and commits their offsets. Private to the broker.

`poller` runs the Kafka consumer in a thread, `buffer` holds its records, `delivery` is a record handed out. `partition`
and `offsets` track a partition, `takeover` examines new partitions, `watchdog` notices a stalled consumer.
"""
