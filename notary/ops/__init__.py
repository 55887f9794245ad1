"""What surrounds the running program: logs, metrics, TLS, signals, other processes."""
