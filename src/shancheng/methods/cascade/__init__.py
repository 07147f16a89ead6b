"""What fails when something fails: supply networks with redundancy and minutes of autonomy, in the order of time.

The entrances are `network.SupplyNetwork.of_links`, `failure.failures` and `consequences`, `scan.loss_of_one`,
`worst_few` and `worth_of_autonomy`, `replay.replay`, `repair.plan_repairs` and `fragility.draw`.
"""
