"""Readings over time: rules that grade them, detectors of the unusual, forecasts of counts."""
