"""The messages of a profile as pprof reads it, made from ``profile.proto``."""
