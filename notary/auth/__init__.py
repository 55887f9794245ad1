"""Token authentication: who may do what, read from a registry's JSON web token."""
