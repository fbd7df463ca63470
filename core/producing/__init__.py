"""The producer's side: links and their events in one transaction, and the relay that takes the events to the broker."""
