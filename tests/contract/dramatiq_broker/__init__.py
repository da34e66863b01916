"""What Dramatiq and its middleware expect of any broker: tested with Dramatiq's own StubBroker and with ours."""
