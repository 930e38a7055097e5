"""Makes packages/optim/test/golden/wrappers.json: what Optax's wrappers, masks and schedules give.

The cases that packages/testing/golden/optim_more.json lacks: nested parameters of other shapes, zero, infinite and NaN
gradients, wrappers in wrappers, and schedules at negative, fractional and huge counts. `python` says how each was
made, as there; gradients come from the named sets, `value` is told to each update.
"""

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

OUT = Path(__file__).parents[2] / "packages/optim/test/golden/wrappers.json"
STEPS = 6


def encoded(value):
    """An array as packages/testing/src/golden.ts reads it."""
    value = np.asarray(value)
    if value.dtype == np.float32:
        special = {np.inf: "inf", -np.inf: "-inf"}
        data = [None if np.isnan(x) else special.get(float(x), float(str(x))) for x in value.ravel()]
    else:
        data = [int(x) for x in value.ravel()]
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": data}


def tree(values):
    return jax.tree.map(encoded, values)


def wave(shape, phase, scale=1.0):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return (scale * np.sin(1.3 * i + phase)).reshape(shape).astype(np.float32)


SHAPES = {
    "conv": {"bias": (4,), "kernel": (2, 2, 1, 4)},
    "dense": {"bias": (3,), "kernel": (4, 3)},
    "gain": (),
    "tall": (5, 1),
}
IS_SHAPE = {"is_leaf": lambda node: isinstance(node, tuple)}


def waves(phase, scale=1.0):
    count = iter(range(100))
    return jax.tree.map(lambda shape: wave(shape, phase + 0.4 * next(count), scale), SHAPES, **IS_SHAPE)


def holding(gradients, steps, value):
    """Gradients with a value in the middle of a kernel and at the end of a bias, in some steps."""
    for step in steps:
        gradients[step]["dense"]["kernel"][1, 2] = value
        gradients[step]["conv"]["bias"][-1] = value
    return gradients


def plain():
    return [waves(0.5 + t) for t in range(STEPS)]


GRADIENTS = {
    "plain": plain(),
    "zero": [waves(0.0, 0.0) for _ in range(STEPS)],
    "sparse": [waves(0.5 + t, float(t % 3 == 1)) for t in range(STEPS)],
    "small": [waves(0.5 + t, 1e-4) for t in range(STEPS)],
    "large": [waves(0.5 + t, 1e3) for t in range(STEPS)],
    "nan": holding(plain(), (1, 2, 5), np.nan),
    "inf": holding(holding(plain(), (0, 3), np.inf), (4,), -np.inf),
    "bursts": [waves(0.5 + t, 6.0 if t in (1, 4) else 1.0) for t in range(STEPS)],
}
PARAMS = waves(0.2)
POSITIVE = jax.tree.map(np.abs, PARAMS)
VALUES = [3.0, 2.5, 2.5, 2.49, 2.6, 2.0, 2.1]

KERNELS = "lambda p: jax.tree_util.tree_map_with_path(lambda path, x: path[-1] == jax.tree_util.DictKey('kernel'), p)"
GROUPS = (
    "lambda p: jax.tree_util.tree_map_with_path(lambda path, x: "
    "'bias' if path[-1] == jax.tree_util.DictKey('bias') else 'rest', p)"
)
SUBTREES = "{'conv': True, 'dense': False, 'gain': True, 'tall': False}"
SGD = "optax.sgd(0.1)"

CASES = [
    ("apply_if_finite_inf", "optax.apply_if_finite(optax.adam(1e-2), 2)", "inf"),
    ("apply_if_finite_at_once", f"optax.apply_if_finite(optax.sgd(0.1, momentum=0.9), 0)", "inf"),
    ("apply_if_finite_in_chain", f"optax.chain(optax.apply_if_finite(optax.scale_by_adam(), 3), optax.scale(-0.01))", "nan"),
    ("zero_nans_keeps_infinities", f"optax.chain(optax.zero_nans(), optax.clip(0.5), {SGD})", "inf"),
    ("zero_nans_often", f"optax.chain(optax.zero_nans(), optax.adam(1e-2))", "nan"),
    ("clip_infinities", f"optax.chain(optax.clip(0.3), {SGD})", "inf"),
    ("clip_by_block_rms_zero", f"optax.chain(optax.clip_by_block_rms(0.5), {SGD})", "sparse"),
    ("clip_by_block_rms_large", f"optax.chain(optax.clip_by_block_rms(2.0), {SGD})", "large"),
    ("adaptive_grad_clip_convolution", f"optax.chain(optax.adaptive_grad_clip(0.05, eps=0.5), {SGD})", "plain"),
    ("adaptive_grad_clip_zero", f"optax.chain(optax.adaptive_grad_clip(0.05), {SGD})", "sparse"),
    ("centralize_convolution", f"optax.chain(optax.centralize(), optax.sgd(0.1, momentum=0.5))", "plain"),
    ("normalize_by_update_norm_zero", f"optax.chain(optax.normalize_by_update_norm(2.0, eps=1e-3), {SGD})", "sparse"),
    ("ema_slow", f"optax.chain(optax.ema(0.999), {SGD})", "plain"),
    ("ema_none", f"optax.chain(optax.ema(0.0), {SGD})", "plain"),
    ("keep_params_nonnegative_positive", f"optax.chain(optax.sgd(0.4), optax.keep_params_nonnegative())", "plain", {"params": POSITIVE}),
    ("add_noise", f"optax.chain(optax.add_noise(0.1, 0.9, 3), {SGD})", "plain"),
    ("apply_every_1", f"optax.chain(optax.apply_every(1), {SGD})", "plain"),
    ("apply_every_4", f"optax.chain(optax.scale_by_adam(), optax.apply_every(4), optax.scale(-0.1))", "plain"),
    ("masked_subtrees", f"optax.chain(optax.masked(optax.adam(0.5), {SUBTREES}), {SGD})", "plain"),
    ("masked_twice", f"optax.chain(optax.masked(optax.masked(optax.clip_by_global_norm(0.1), {KERNELS}), {SUBTREES}), {SGD})", "plain"),
    ("masked_all", f"optax.chain(optax.masked(optax.scale(3.0), True), {SGD})", "plain"),
    ("masked_nothing", f"optax.chain(optax.masked(optax.trace(0.9), False), {SGD})", "plain"),
    ("freeze_all", f"optax.chain({SGD}, optax.freeze(True))", "plain"),
    ("freeze_subtree", f"optax.chain(optax.adam(1e-2), optax.freeze({SUBTREES}))", "plain"),
    ("decay_schedule", f"optax.chain(optax.add_decayed_weights(optax.linear_schedule(0.5, 0.0, 4), mask={KERNELS}), {SGD})", "plain"),
    ("adamw_decay_schedule", "optax.adamw(optax.cosine_decay_schedule(1e-2, 5), weight_decay=optax.linear_schedule(0.5, 0.0, 4))", "zero"),
    ("partition_norms", f"optax.partition({{'bias': optax.chain(optax.clip_by_global_norm(0.2), {SGD}), 'rest': optax.chain(optax.clip_by_global_norm(0.5), optax.adam(1e-2))}}, {GROUPS})", "plain"),
    ("partition_subtrees", "optax.partition({'a': optax.sgd(0.1, momentum=0.9), 'b': optax.set_to_zero(), 'c': optax.adam(1e-2)}, {'conv': 'a', 'dense': {'bias': 'b', 'kernel': 'c'}, 'gain': 'c', 'tall': 'a'})", "plain"),
    ("partition_unused", "optax.partition({'a': optax.adam(1e-2), 'b': optax.sgd(1.0, momentum=0.9)}, {'conv': 'a', 'dense': 'a', 'gain': 'a', 'tall': 'a'})", "plain"),
    ("named_chain_nested", f"optax.named_chain(('norm', optax.clip_by_global_norm(0.5)), ('inner', optax.named_chain(('adam', optax.scale_by_adam()), ('decay', optax.add_decayed_weights(0.1, {KERNELS})))), ('rate', optax.scale_by_learning_rate(0.01)))", "plain"),
    ("multi_steps_zero", "optax.MultiSteps(optax.adam(1e-2), 3)", "zero"),
    ("multi_steps_1", "optax.MultiSteps(optax.adam(1e-2), 1)", "plain"),
    ("multi_steps_large", "optax.MultiSteps(optax.chain(optax.clip_by_global_norm(1.0), optax.sgd(0.1, momentum=0.9, nesterov=True)), 3)", "large"),
    ("multi_steps_schedule_shrinking", "optax.MultiSteps(optax.sgd(0.1), lambda step: jnp.maximum(3 - step, 1))", "plain"),
    ("multi_steps_rate_schedule", "optax.MultiSteps(optax.sgd(optax.exponential_decay(0.1, 1, 0.5)), 2)", "plain"),
    ("multi_steps_skip_infinite", "optax.MultiSteps(optax.adam(1e-2), 2, should_skip_update_fn=optax.skip_not_finite)", "inf"),
    ("multi_steps_skip_nan_sum", "optax.MultiSteps(optax.sgd(0.1), 3, use_grad_mean=False, should_skip_update_fn=optax.skip_not_finite)", "nan"),
    ("multi_steps_skip_bursts", "optax.MultiSteps(optax.sgd(0.1, momentum=0.9), 2, should_skip_update_fn=lambda u, step, p: optax.skip_large_updates(u, step, p, max_squared_norm=40.0))", "bursts"),
    ("multi_steps_of_partition", f"optax.MultiSteps(optax.partition({{'bias': optax.sgd(0.1, momentum=0.9), 'rest': optax.chain(optax.clip_by_global_norm(0.5), optax.masked(optax.scale(2.0), {KERNELS}), optax.adamw(1e-2, weight_decay=0.1, mask={KERNELS}))}}, {GROUPS}), 2)", "plain"),
    ("multi_steps_of_apply_if_finite", "optax.MultiSteps(optax.apply_if_finite(optax.adam(1e-2), 4), 2, should_skip_update_fn=optax.skip_not_finite)", "nan"),
    ("apply_if_finite_of_multi_steps", "optax.apply_if_finite(optax.MultiSteps(optax.adam(1e-2), 2).gradient_transformation(), 4)", "nan"),
    ("conditionally_transform", f"optax.chain(optax.conditionally_transform(optax.scale(0.5), lambda step: step % 2 == 0), {SGD})", "plain"),
    ("conditionally_transform_state", f"optax.chain(optax.conditionally_transform(optax.trace(0.9), lambda step: step >= 3), {SGD})", "plain"),
    ("conditionally_mask", "optax.conditionally_mask(optax.adam(1e-2), lambda step: step % 3 != 1)", "plain"),
    ("conditionally_mask_by_value", "optax.conditionally_mask(optax.adam(1e-2), lambda step, value, **more: value < 2.5, forward_extra_args=True)", "plain", {"value": VALUES}),
    ("inject_rate_alone", "optax.inject_hyperparams(optax.adam)(learning_rate=0.02)", "plain", {"hyperparams": [{"before_step": 3, "name": "learning_rate", "value": 0.005}]}),
    ("inject_momentum_schedule", "optax.inject_hyperparams(optax.sgd)(learning_rate=0.1, momentum=optax.linear_schedule(0.5, 0.9, 4), nesterov=True)", "plain"),
    ("inject_options", "optax.inject_hyperparams(optax.adamw)(learning_rate=0.01, b1=0.7, b2=0.9, eps=1e-3, eps_root=1e-4, weight_decay=0.2)", "sparse", {"hyperparams": [{"before_step": 2, "name": "b1", "value": 0.5}, {"before_step": 4, "name": "eps", "value": 0.1}]}),
    ("inject_nesterov", "optax.inject_hyperparams(optax.adam)(learning_rate=0.01, b1=0.8, nesterov=True)", "plain"),
    ("inject_nothing_but_options", "optax.chain(optax.inject_hyperparams(optax.scale_by_adam)(b1=optax.linear_schedule(0.5, 0.9, 5), b2=0.99), optax.scale(-0.01))", "plain"),
    ("inject_clip", "optax.chain(optax.inject_hyperparams(optax.clip_by_global_norm)(max_norm=0.5), optax.inject_hyperparams(optax.clip)(max_delta=optax.linear_schedule(0.3, 0.1, 4)), optax.inject_hyperparams(optax.scale)(step_size=-0.1))", "plain"),
    ("multi_steps_of_injected", "optax.MultiSteps(optax.inject_hyperparams(optax.adam)(learning_rate=optax.linear_schedule(0.02, 0.0, 3)), 2)", "plain"),
    ("lookahead_every_step", "optax.lookahead(optax.sgd(0.1), sync_period=1, slow_step_size=0.3)", "plain"),
    ("lookahead_of_partition", f"optax.lookahead(optax.partition({{'bias': optax.sgd(0.1), 'rest': optax.adam(1e-2)}}, {GROUPS}), sync_period=2, slow_step_size=0.8, reset_state=True)", "plain"),
    ("reduce_on_plateau_defaults", f"optax.chain({SGD}, optax.contrib.reduce_on_plateau())", "plain", {"value": VALUES}),
    ("reduce_on_plateau_at_once", f"optax.chain({SGD}, optax.contrib.reduce_on_plateau(factor=0.5, patience=1, cooldown=2, rtol=0.0, atol=0.05))", "plain", {"value": VALUES}),
    ("reduce_on_plateau_of_means", f"optax.chain({SGD}, optax.contrib.reduce_on_plateau(factor=0.1, patience=1, accumulation_size=3, rtol=0.5, min_scale=0.05))", "plain", {"value": VALUES}),
    ("flatten_adam", "optax.flatten(optax.adam(1e-2))", "plain"),
    ("flatten_block_rms", f"optax.chain(optax.flatten(optax.clip_by_block_rms(0.1)), {SGD})", "plain"),
]


def run(python, gradients, params=PARAMS, value=None, hyperparams=()):
    tx = eval(python, {"optax": optax, "jax": jax, "jnp": jnp})  # the texts above
    params = jax.tree.map(jnp.asarray, params)
    is_pair = python.startswith("optax.lookahead(")
    if is_pair:
        params = optax.LookaheadParams.init_synced(params)
    state = tx.init(params)
    after = []
    for t in range(STEPS):
        for change in hyperparams:
            if change["before_step"] == t:
                state.hyperparams[change["name"]] = jnp.float32(change["value"])
        told = {} if value is None else {"value": jnp.float32(value[t])}
        updates, state = tx.update(gradients[t], state, params, **told)
        params = optax.apply_updates(params, updates)
        after.append(tree(params.fast if is_pair else params))
    return after


SCHEDULES = {
    "constant": "optax.constant_schedule(0.3)",
    "linear": "optax.linear_schedule(1.0, 0.1, 10, 3)",
    "polynomial": "optax.polynomial_schedule(0.1, 1.0, 2.5, 12, 4)",
    "polynomial_without_steps": "optax.polynomial_schedule(0.1, 1.0, 2, 0)",
    "exponential": "optax.exponential_decay(1.0, 4, 0.7, 3)",
    "exponential_growing": "optax.exponential_decay(0.1, 5, 1.5, staircase=True, end_value=2.0)",
    "cosine": "optax.cosine_decay_schedule(0.5, 20, 0.1)",
    "cosine_exponent": "optax.cosine_decay_schedule(1.0, 15, 0.2, 1.5)",
    "warmup_cosine": "optax.warmup_cosine_decay_schedule(0.0, 1.0, 5, 25, 0.05, 2.0)",
    "warmup_constant": "optax.warmup_constant_schedule(0.1, 0.8, 6)",
    "warmup_exponential": "optax.warmup_exponential_decay_schedule(0.0, 1.0, 4, 6, 0.5, 2, True, 0.1)",
    "piecewise_constant": "optax.piecewise_constant_schedule(1.0, {5: 0.5, 10: 0.1})",
    "piecewise_linear": "optax.piecewise_interpolate_schedule('linear', 0.5, {0: 2.0, 6: 0.25, 14: 0.0})",
    "piecewise_cosine": "optax.piecewise_interpolate_schedule('cosine', 0.5, {3: 2.0, 6: 0.25, 14: 3.0})",
    "piecewise_nothing": "optax.piecewise_interpolate_schedule('linear', 0.5)",
    "linear_onecycle": "optax.linear_onecycle_schedule(20, 0.7, 0.25, 0.5, 10.0, 100.0)",
    "linear_onecycle_short": "optax.linear_onecycle_schedule(2, 1.0)",
    "cosine_onecycle": "optax.cosine_onecycle_schedule(24, 2.0, 0.4, 5.0, 50.0)",
    "cosine_onecycle_short": "optax.cosine_onecycle_schedule(3, 1.0)",
    "join": "optax.join_schedules([optax.linear_schedule(0.0, 1.0, 4), optax.constant_schedule(0.7), optax.exponential_decay(0.5, 2, 0.9)], [4, 9])",
    "sgdr": "optax.sgdr_schedule([dict(init_value=0.0, peak_value=1.0, warmup_steps=2, decay_steps=8), dict(init_value=0.1, peak_value=0.5, warmup_steps=3, decay_steps=12, end_value=0.2, exponent=2.0)])",
}
INTEGERS = [-20, -7, -1, 0, 1, 2, 3, 5, 6, 9, 10, 14, 15, 20, 24, 25, 100, 1000000, 2147483600]
FRACTIONS = [-2.5, -0.25, 0.0, 0.5, 2.25, 3.75, 5.999, 9.5, 14.5, 19.75, 1e7]


def values_of(python, counts, dtype):
    schedule = eval(python, {"optax": optax, "jax": jax, "jnp": jnp})
    return encoded(np.asarray([np.float32(schedule(jnp.asarray(count, dtype))) for count in counts], np.float32))["data"]


def per_example():
    rows = {"a": wave((4, 3), 0.3, 2.0), "b": wave((4, 2, 2), 0.9, 0.5)}
    rows["a"][2] = 0
    rows["b"][2] = 0
    cases = []
    for clip in (0.0, 0.5, 2.0, np.inf):
        total, count = optax.per_example_global_norm_clip([rows["a"], rows["b"]], clip)
        cases.append({"clip": encoded(np.float32(clip)), "sum": [encoded(x) for x in total], "count": int(count)})
    return {"grads": tree(rows), "cases": cases}


def main():
    cases = []
    for name, python, gradients, *more in CASES:
        extra = more[0] if more else {}
        after = run(python, GRADIENTS[gradients], **extra)
        row = {"name": name, "python": python, "gradients": gradients}
        row.update({key: tree(value) if key == "params" else value for key, value in extra.items()})
        cases.append({**row, "params_after": after})
    document = {
        "optax": optax.__version__,
        "params": tree(PARAMS),
        "gradient_sets": {name: [tree(step) for step in steps] for name, steps in GRADIENTS.items()},
        "cases": cases,
        "counts": {"int32": INTEGERS, "float32": FRACTIONS},
        "schedules": [
            {
                "name": name,
                "python": python,
                "int32": values_of(python, INTEGERS, jnp.int32),
                "float32": values_of(python, FRACTIONS, jnp.float32),
            }
            for name, python in SCHEDULES.items()
        ],
        "per_example": per_example(),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(document, separators=(",", ":")) + "\n")
    print(len(cases), "cases,", OUT.stat().st_size, "bytes")


main()
