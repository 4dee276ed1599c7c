"""The anatomy of an item as JSON."""

from typing import Any

from whichpool.values import Band, Parcelled, Record, Timing, Trial
from whichpool.values.spread import spread_of


def anatomy_as_json(record: Record) -> dict[str, Any] | None:
    """Turn the anatomy into what ``json.dumps`` takes; None where nobody could look."""
    anatomy = record.anatomy
    if anatomy is None:
        return None
    spread, native = spread_of(anatomy.timings), anatomy.native
    return {
        "wall_s": _item_s(anatomy.item_s, anatomy.timings),
        "cpu_s": anatomy.cpu_s,
        "cpu_share": anatomy.cpu_share,
        "native_cpu_s": anatomy.native_cpu_s,
        "native_threads": {"libraries": list(native.libraries), "threads": native.threads} if native else None,
        "gil_held": _band(record.gil_held or anatomy.gil_held),
        "gil_held_probed": _band(anatomy.gil_held),
        **_parcel("argument", anatomy.arguments),
        **_parcel("result", anatomy.results),
        "slowest_twentieth_share": spread.slowest_share if spread else None,
        "drift": spread.drift if spread else None,
        "base_bytes": anatomy.base_bytes,
        "loaded_bytes": anatomy.loaded_bytes,
        "item_bytes": anatomy.item_bytes,
        "timings": [{"place": timing.place, "wall_s": timing.wall_s} for timing in anatomy.timings],
        "trials": [_trial(trial) for trial in anatomy.trials],
        "cost_s": anatomy.cost_s,
    }


def _item_s(item_s: float, timings: tuple[Timing, ...]) -> dict[str, Any]:
    times_s = [timing.wall_s for timing in timings]
    return {
        "value": item_s,
        "low": min(times_s, default=None),
        "high": max(times_s, default=None),
        "n": len(times_s),
    }


def _band(band: Band) -> dict[str, float]:
    return {"low": band.low, "high": band.high}


def _parcel(name: str, parcel: Parcelled | None) -> dict[str, float | None]:
    return {
        f"{name}_bytes": parcel.size_bytes if parcel else None,
        f"{name}_dump_s": parcel.dump_s if parcel else None,
        f"{name}_load_s": parcel.load_s if parcel else None,
    }


def _trial(trial: Trial) -> dict[str, Any]:
    return {
        "pool": trial.pool,
        "start_method": trial.start_method,
        "ready_s": trial.ready_s,
        "handover_s": trial.handover_s,
        "close_s": trial.close_s,
        "worker_bytes": trial.worker_bytes,
        "beforehand": trial.beforehand,
    }
