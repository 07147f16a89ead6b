"""AequilibraE's assignment as a peer: reads arrays from a file, then assigns once for every line on its standard input.

Run by the interpreter that BENCH_PEERS_EQUILIBRIUM names, or by our own; it imports nothing of ours.
"""

import json
import sys
import time
from importlib.metadata import version

import numpy as np


def main(path: str) -> None:
    """Answer each line `gap cores` with seconds, iterations, gap and link flows."""
    import pandas as pd
    from aequilibrae.matrix import AequilibraeMatrix
    from aequilibrae.paths import Graph, TrafficAssignment, TrafficClass

    with np.load(path) as arrays:
        links = {name: arrays[name] for name in ("a_node", "b_node", "capacity", "free_flow_time", "b", "power")}
        trips = arrays["trips"]
    count, zones = len(links["a_node"]), np.arange(1, len(trips) + 1)
    matrix = AequilibraeMatrix()
    matrix.create_empty(zones=len(trips), matrix_names=["trips"], memory_only=True)
    matrix.index[:] = zones
    matrix.matrix["trips"][:, :] = trips
    matrix.computational_view(["trips"])
    graph = Graph()
    graph.network = pd.DataFrame({"link_id": np.arange(1, count + 1), "direction": 1} | links)
    graph.mode = "a"
    graph.prepare_graph(zones)
    graph.set_graph("free_flow_time")
    graph.set_blocked_centroid_flows(True)
    print(json.dumps({"version": version("aequilibrae")}), flush=True)
    for line in sys.stdin:
        gap, cores = line.split()
        assignment = TrafficAssignment()
        assignment.set_classes([TrafficClass("all", graph, matrix)])
        assignment.set_vdf("BPR")
        assignment.set_vdf_parameters({"alpha": "b", "beta": "power"})
        assignment.set_capacity_field("capacity")
        assignment.set_time_field("free_flow_time")
        assignment.set_algorithm("bfw")
        assignment.max_iter, assignment.rgap_target = 1000, float(gap)
        assignment.set_cores(int(cores))
        begun = time.perf_counter()
        assignment.execute(log_specification=False)
        seconds = time.perf_counter() - begun
        flows = assignment.results()["PCE_tot"].reindex(np.arange(1, count + 1)).fillna(0.0).tolist()
        told = {"seconds": seconds, "rounds": int(assignment.assignment.iter), "gap": float(assignment.assignment.rgap)}
        print(json.dumps(told | {"flows": flows}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
