"""The workflows: load, ask the core, sign, store."""
