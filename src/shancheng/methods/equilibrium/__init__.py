"""Where flows settle when everybody takes the cheapest way, and what the loss of a link does to them.

The entrances are `network.Network.of_links`, `demand.Demand.of_pairs`, `assign.assign`, `loss.loss_scan`,
`slots.within_capacity`, `modes.expand_modes` and, for files in the TNTP format, `tntp`.
"""
