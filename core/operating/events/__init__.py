"""Events as operators read them: page by page, by name, and as they come."""
