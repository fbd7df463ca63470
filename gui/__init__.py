"""The window. It knows the core by one object, the desk, and shows what the desk's snapshots say."""
