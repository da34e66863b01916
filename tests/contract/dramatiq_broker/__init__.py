"""Tests what Dramatiq and its middleware expect of any broker, with Dramatiq's StubBroker and with KafkaBroker."""
