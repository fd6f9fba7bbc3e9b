"""Makegood: action inquiries in partner marketing, from the claim to the money.

Pure modules hold the rules, edge modules each know one thing outside, flows put them together.
"""

from makegood import start

start.begin()
