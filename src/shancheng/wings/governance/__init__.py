"""Governance: intake, triage, boards, worklists, figures and supervision of city matters."""
