"""Work for the worker."""
