"""The signing seam and what implements it."""
