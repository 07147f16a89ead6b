"""The rule machine in plain Python, a sensor at a time: what banks are held to, and the peer they are timed with."""

import math

WINDOWS = ((0, 3600), (0, 10800), (0, 86400), (0, 259200), (259200, 1555200))
RANGE, STUCK, SILENT, JUMP = 16, 32, 64, 128


def new_state():
    return {"heard_at": 0, "value_at": 0, "same": 0, "since": [0] * 4, "marks": 0, "heard": 0, "last": 0.0,
            "mean": 0.0, "variance": 0.0, "trend": 0.0, "rain": {}}  # fmt: skip


def step(s, rule, at, value, latest=2**32 - 1, bucket=600):
    """Verdict, and (at, grade before, grade, faults before, faults) where they changed; rule as `rule_of` gives it."""
    before, measures = s["marks"], {}
    if at > latest:
        return "ahead", None
    if at == s["heard_at"]:
        return "repeated", None
    late, believed = at < s["heard_at"], rule["lowest"] <= value <= rule["highest"]
    reached = rule["accumulates"] and believed and collect(s, rule, at // bucket, value, bucket, measures)
    if late:
        at = max(at, s["value_at"])
        if reached:
            run_timers(s, rule, at, reach(rule, measures, "limits"), None)
    elif not believed:
        s["heard_at"], s["marks"] = at, s["marks"] & ~SILENT | RANGE
    else:
        s["marks"] &= 15
        measures[2] = follow(s, rule, at, value) if s["heard"] else 0.0
        if not s["heard"]:
            s.update(mean=value, same=at, heard=1)
        measures[0], measures[1] = value, s["trend"]
        s.update(last=value, value_at=at, heard_at=at)
        run_timers(s, rule, at, reach(rule, measures, "limits"), reach(rule, measures, "clears"))
    seen = ((before & 15).bit_length(), (s["marks"] & 15).bit_length(), before & 240, s["marks"] & 240)
    changed = seen[0] != seen[1] or seen[2] != seen[3]
    return "late" if late else "taken" if believed else "out of range", (at, *seen) if changed else None


def collect(s, rule, number, value, bucket, measures):
    """Adds an amount to its bucket and works all sums out anew; whether the bucket is still kept."""
    newest, length = max([number, *s["rain"]]), WINDOWS[-1][1] // bucket
    s["rain"][number] = s["rain"].get(number, 0) + round(value / rule["resolution"])
    s["rain"] = {old: amount for old, amount in s["rain"].items() if newest - old < length}
    for window, (begin, end) in enumerate(WINDOWS):
        whole = sum(amount for old, amount in s["rain"].items() if begin // bucket <= newest - old < end // bucket)
        measures[3 + window] = whole * rule["resolution"]
    measures[8] = measures[6] + rule["prior_weight"] * measures[7]
    return newest - number < length


def follow(s, rule, at, value):
    change, elapsed, apart, deviation = value - s["last"], float(at - s["value_at"]), value - s["mean"], 0.0
    s["same"] = at if change else s["same"]
    s["marks"] |= STUCK if 0 < rule["stuck_seconds"] <= at - s["same"] else 0
    s["marks"] |= JUMP if abs(change) > rule["jump"] else 0
    s["trend"] += elapsed / (elapsed + rule["rate_seconds"]) * (change / elapsed * 3600.0 - s["trend"])
    if s["heard"] >= rule["warm_up"] and rule["spread_least"] > 0:
        deviation = abs(apart) / max(math.sqrt(s["variance"]), rule["spread_least"])
    weight = max(rule["memory"], 1.0 / (s["heard"] + 1.0)) if s["heard"] < 255 else rule["memory"]
    s["mean"] += weight * apart
    s["variance"] = (1.0 - weight) * (s["variance"] + apart * (weight * apart))
    s["heard"] = min(255, s["heard"] + 1)
    return deviation


def reach(rule, measures, which):
    """Highest grade any ladder reaches; a grade that is None is not there."""
    highest = 0
    for measure, sign, levels in rule[which]:
        for grade, level in enumerate(levels, 1):
            if level is not None and measure in measures and measures[measure] * sign >= level * sign:
                highest = max(highest, grade)
    return highest


def run_timers(s, rule, at, met, held):
    """Grades that fire are left by their keep times, others fire by their for times; a late amount only raises."""
    for grade in range(4):
        fires = s["marks"] >> grade & 1
        if held is None and (fires or grade >= met):
            continue
        if grade < held if fires else grade >= met:
            s["since"][grade] = 0
            continue
        s["since"][grade] = s["since"][grade] or at
        if at - s["since"][grade] >= rule["keep_seconds" if fires else "for_seconds"][grade]:
            s["marks"] ^= 1 << grade
            s["since"][grade] = 0


def plain(rule, measures):
    """A Rule as the model's dict; `measures` are the names in order."""
    levels = {
        which: [
            (measures.index(rung.measure), 1.0 if rung.side == "above" else -1.0, [None if x != x else x for x in got])
            for rung in rule.ladders
            for got in [rung.limits if which == "limits" else rung.clears]
        ]
        for which in ("limits", "clears")
    }
    there = [any(ladder[2][grade] is not None for ladder in levels["limits"]) for grade in range(4)]
    waits = tuple(seconds if here else 2**62 for seconds, here in zip(rule.for_seconds, there, strict=True))
    return {**vars(rule), **levels, "for_seconds": waits, "accumulates": rule.accumulates}
