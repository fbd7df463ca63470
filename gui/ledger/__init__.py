"""The Ledger page: proof, or the exact ids of whatever is wrong. The check runs in a process of its own."""
