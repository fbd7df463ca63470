"""The consumers' side: the contract of a consumer, the runtime that keeps its promises, and what operators want of it."""
