"""``whichpool.Executor``: calls begin in threads, and those of functions that hold the GIL move to processes."""
