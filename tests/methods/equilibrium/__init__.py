"""Equilibria beside published ones, a Frank-Wolfe of another kind, and sums by hand."""
