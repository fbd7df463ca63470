"""The broker: the embedded server, and the only place that speaks its protocol."""
