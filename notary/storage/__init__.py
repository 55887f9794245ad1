"""The storage seam and what implements it."""
