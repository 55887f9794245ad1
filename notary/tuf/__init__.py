"""The pure core: what metadata means, what is accepted, what is to be signed."""
