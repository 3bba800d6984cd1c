"""A descent → JSON: parameters before and after under their plain names, at full precision."""

from __future__ import annotations

from typing import Any

from ..functions.optimizers import ETA
from ..graph.records import Graph
from ..passes.descent.descender import Descender
from ..passes.descent.plan import Standing
from ..passes.descent.watching import is_parameter
from ..spec.numbers import number_float
from .json_arrays import exact_texts, floats


def step_object(descender: Descender, start: Standing, made: Any) -> dict[str, Any]:
    """Return the descent as plain lists, numbers and texts; a step's worked maps, or a course's."""
    graph, plan = descender.graph, descender.plan
    found: dict[str, Any] = {
        "format": "backprop-step",
        "version": 1,
        "name": graph.name,
        "weights_layout": "in_out" if graph.in_out else "out_in",
        "optimizer": {
            "type": plan.optimizer.name,
            "learning_rate": number_float(plan.rate),
            **{name: number_float(text) for name, text in plan.settings.items()},
            "clip": number_float(plan.clip) if plan.clip else None,
            "clip_norm": number_float(plan.clip_norm) if plan.clip_norm else None,
            "freeze": list(plan.freeze),
            "batch_size": plan.batch_size,
        },
        "schedule": None
        if plan.schedule is None
        else {
            "type": plan.schedule.name,
            **{name: number_float(text) for name, text in plan.schedule_settings.items()},
        },
        "first_step": start.steps + 1,
        "steps": descender.steps - start.steps,
    }
    found |= {"dtype": "float32"} if descender.arithmetic.name == "float32" else {}
    found |= _of_step(descender, made) if made.record is not None else _of_course(graph, made)
    now = descender.standing()
    found["values"] = {
        f"{name}'": floats(descender.value(number)) for name, number in graph.parameters.items()
    }
    found["state"] = {
        letter: {name: floats(array) for name, array in arrays.items()}
        for letter, arrays in now.state.items()
    }
    if descender.arithmetic.name == "exact":
        found["exact"] = _exact(descender, made.record)
    return found


def _of_step(descender: Descender, made: Any) -> dict[str, Any]:
    record, graph = made.record, descender.graph
    loss = graph.loss or 0
    output = descender.graph.output
    single = descender.graph.single and descender.graph.nodes[output].per_sample
    others = [each for each in made.watched if not is_parameter(graph, each.ref)]
    shown = {
        each.name(graph): [float(before), float(after)]
        for each, before, after in zip(others, *made.seen, strict=True)
    }
    outputs = [v[output][0] if single else v[output] for v in (record.before, record.after)]
    return {
        "loss_before": float(floats(record.before[loss])),
        "loss_after": float(floats(record.after[loss])),
        "output_before": floats(outputs[0]),
        "output_after": floats(outputs[1]),
        "learning_rate": float(record.numbers[ETA]),
        "samples": [record.samples[0] + 1, record.samples[1]],
        "norm": None if record.norm is None else float(record.norm),
        "factor": None if record.factor is None else float(record.factor),
        "old": {p.name: floats(p.old) for p in record.parameters},
        "gradients": {p.name: floats(p.gradient) for p in record.parameters},
        "used_gradients": {p.name: floats(p.used) for p in record.parameters},
        "updates": {p.name: floats(p.new - p.old) for p in record.parameters},
        **({"shown": shown} if shown else {}),
    }


def _of_course(graph: Graph, made: Any) -> dict[str, Any]:
    course = made.course
    return {
        "loss_before": float(course.rows[0].loss) if course.rows else None,
        "loss_after": float(course.rows[-1].loss) if course.stopped is None else None,
        "losses": list(course.losses),
        "rows": [
            {
                "step": row.step,
                "learning_rate": None if row.rate is None else float(row.rate),
                "loss": float(row.loss),
                "shown": {
                    each.name(graph): float(value)
                    for each, value in zip(made.watched, row.shown, strict=True)
                },
            }
            for row in course.rows
        ],
        "stopped": None
        if course.stopped is None
        else {"step": course.stopped.step, "message": course.stopped.what},
    }


def _exact(descender: Descender, record: Any) -> dict[str, Any]:
    """Return the exact texts of the new parameters, and of a step's gradients and losses."""
    graph = descender.graph
    found = {
        f"{n}'": exact_texts(descender.value(number)) for n, number in graph.parameters.items()
    }
    if record is not None:
        found |= {f"d({p.name})": exact_texts(p.gradient) for p in record.parameters}
        found["loss_before"] = exact_texts(record.before[graph.loss or 0])
        found["loss_after"] = exact_texts(record.after[graph.loss or 0])
    return found
