"""Tests of the network clients, against loopback servers."""
