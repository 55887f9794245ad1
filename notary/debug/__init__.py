"""The debug server: what ``go tool pprof`` reads, and what a person on call wants."""
