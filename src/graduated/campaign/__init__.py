"""Campaigns: a preset computed in pieces, where a device is to be had for a while, and merged."""
