"""The service without its window: nothing below this folder knows Qt."""
