"""What surrounds the running program: logs, TLS, the development set-up."""
