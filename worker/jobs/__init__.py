"""Jobs: submission, the work of each lane under a lease, and the processes that do it."""
