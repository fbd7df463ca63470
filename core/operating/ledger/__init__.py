"""The ledger: the proof that nothing was lost, done twice or out of order."""
