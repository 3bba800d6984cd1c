"""Diagnosis as plain data, for JSON."""

from __future__ import annotations

from typing import Any

from ...expression.refs import plain_name
from ...passes.health.diagnosis import LIMIT, Diagnosis, HealthVerdict
from ...passes.health.half import HalfPrecision
from ...passes.health.layers import LayerHealth
from ...passes.health.through_time import TimeHealth
from ...passes.health.units import SATURATED


def diagnose_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return the whole diagnosis."""
    graph, half = diagnosis.graph, diagnosis.half
    found: dict[str, Any] = {
        "format": "backprop-diagnose",
        "version": 1,
        "name": graph.name,
        "sample": diagnosis.sample,
        "criterion": {"vanishing_below": 1 / LIMIT, "exploding_above": LIMIT},
        "verdicts": [_verdict(verdict) for verdict in diagnosis.verdicts],
    }
    if diagnosis.layers:
        found["remedies"] = [
            {
                "change": remedy.what,
                "write": remedy.write,
                "parameter": remedy.parameter,
                "gradient_before": remedy.before,
                "gradient_after": remedy.after,
                "error_ratio": remedy.ratio,
            }
            for remedy in diagnosis.remedies
        ]
        found["chain"] = diagnosis.chain
        found["layers"] = [_layer(diagnosis, health) for health in diagnosis.layers]
        if diagnosis.times:
            found["through_time"] = [_through_time(health) for health in diagnosis.times]
            found["remedies_in_time"] = [
                {
                    "change": remedy.what,
                    "write": remedy.write,
                    "layer": remedy.layer,
                    "step": remedy.step,
                    "left_before": remedy.before,
                    "left_after": remedy.after,
                }
                for remedy in diagnosis.time_remedies
            ]
        found["saturated_below"] = SATURATED
        found["units"] = [
            {
                "unit": plain_name(graph.nodes[unit.node].ref.at(*unit.index)),
                "layer": unit.layer,
                "state": unit.state,
                "samples": list(unit.samples),
                "largest_slope": unit.largest,
            }
            for unit in (*diagnosis.units, *diagnosis.gates)
        ]
    else:
        found["nodes"] = [
            {
                "name": plain_name(node.ref),
                "value_norm": node.value,
                "gradient_norm": node.gradient,
                "from": [
                    {"node": plain_name(edge.consumer), "factor": edge.factor, "sent": edge.sent}
                    for edge in node.edges
                ],
            }
            for node in diagnosis.nodes
        ]
    if half is not None:
        found["half_precision"] = _half(half, graph.in_out)
    found["memory"] = [
        {
            "layer": each.layer,
            "kept": [plain_name(ref) for ref in each.refs],
            "numbers": each.numbers,
            "float32_bytes": each.float32,
            "float64_bytes": each.float64,
        }
        for each in diagnosis.kept
    ]
    found["initialisations"] = [
        {
            "name": each.name,
            "scheme": each.scheme,
            "seeds": each.seeds,
            "factors": {str(layer): factor for layer, factor in each.factors.items()},
            "ratios": {str(layer): ratio for layer, ratio in each.ratios.items()},
            "blocked": each.blocked,
            "failed": each.failed,
        }
        for each in diagnosis.tried
    ]
    return found


def _verdict(verdict: HealthVerdict) -> dict[str, Any]:
    place: dict[str, Any] = {"layer": verdict.layer}
    if verdict.ref is not None:
        place = {"variable": plain_name(verdict.ref)}
    return {
        "kind": verdict.kind,
        **place,
        "ratio": verdict.ratio,
        "layers_down": verdict.steps,
        "factor_a_layer": verdict.factor,
        "further_layers": verdict.further,
    }


def _layer(diagnosis: Diagnosis, health: LayerHealth) -> dict[str, Any]:
    layer = diagnosis.graph.layers[health.index - 1]
    off = next((each for each in diagnosis.off if each.layer == health.index), None)
    return {
        "index": health.index,
        "name": layer.name or None,
        "activation": layer.activation,
        "largest_slope": diagnosis.slopes[health.index],
        "delta_norm": health.delta,
        "activation_norm": health.activation,
        "gradient_norms": {f"d{name}": size for name, size in health.gradients.items()},
        "reached": health.reached,
        "ratio": health.ratio,
        "product": health.product,
        "bound": health.bound,
        "layers_down": health.steps,
        "off": None if off is None else {"outputs": off.off, "of": off.of},
        "from": [
            {
                "layer": edge.above,
                "weights": edge.weights,
                "slopes": edge.slopes,
                "factor": edge.factor,
                "bound": edge.bound,
                "share": edge.part,
            }
            for edge in health.edges
        ],
    }


def _half(half: HalfPrecision, in_out: bool) -> dict[str, Any]:
    return {
        "loss_scale": half.scale,
        "avoids_all": half.clean,
        "smallest": half.smallest,
        "largest": half.largest,
        "zero": half.zero,
        "subnormal": half.subnormal,
        "infinite": half.infinite,
        "gradients": [
            {
                "name": plain_name(quantity.ref.grad(), in_out),
                "entries": quantity.entries,
                "zero": quantity.zero,
                "subnormal": quantity.subnormal,
                "infinite": quantity.infinite,
                "smallest": quantity.smallest,
                "largest": quantity.largest,
                "scaled": dict(zip(("zero", "subnormal", "infinite"), quantity.after, strict=True)),
            }
            for quantity in half.quantities
        ],
    }


def _through_time(health: TimeHealth) -> dict[str, Any]:
    return {
        "layer": health.index,
        "steps": [
            {"step": s.step, "norm": s.norm, "factor": s.factor, "product": s.product}
            for s in health.steps
        ],
        "recurrent_weights": {
            plain_name(own.ref): {"norm": own.norm, "largest_eigenvalue": own.radius}
            for own in health.weights
        },
        "bound": health.bound,
        "kept": {plain_name(gate.ref): gate.mean for gate in health.kept},
        "below_one_percent_at": health.lost,
        "truncated": {plain_name(ref.grad()): part for ref, part in health.cut},
    }
