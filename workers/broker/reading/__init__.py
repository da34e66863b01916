"""Reading: records from Kafka to Dramatiq's workers, and back as committed offsets. Private to the broker.

`poller` runs the Kafka consumer in a thread, `buffer` holds its records, `delivery` is a record handed out. `partition`
and `offsets` track a partition, `takeover` examines newly assigned ones, `watchdog` notices a stalled consumer.
"""
