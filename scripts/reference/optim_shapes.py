"""Writes figures of Optax for parameters of several shapes, zero gradients and many steps.

usage: python scripts/reference/optim_shapes.py    (writes packages/optim/test/golden/optim_shapes.json)

Needs scripts/reference/requirements.txt. Parameter p is sin(1.7 i + phase) over its flat index i, its gradient at step
t sin(1.7 i + phase + 0.3 + t), but for "z", whose gradients are zeros. The loss at step t is 2 + sin(1.3 t). Kept are
the elements that "samples" names, after the steps of each case.
"""

import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax

SHAPES = {"s": (), "b": (5,), "k": (2, 3, 2), "m": (300, 200), "z": (4,)}
PHASES = {"s": 0.4, "b": 0.7, "k": 1.1, "m": 0.2, "z": 0.9}
SAMPLES = {"s": [0], "b": [0, 4], "k": [0, 11], "m": [0, 777, 31415, 59999], "z": [0, 3]}
SHORT = [1, 3]
LONG = [1000]

C = "optax.contrib."
SHORT_CASES = {
    "adam": "optax.adam(0.1, b1=0.8, b2=0.95, eps=1e-4, eps_root=1e-3)",
    "nadamw": "optax.nadamw(0.1, weight_decay=0.05)",
    "adamax": "optax.adamax(0.1, b1=0.8, b2=0.9, eps=1e-3)",
    "amsgrad": "optax.amsgrad(0.1, b1=0.8, b2=0.9, bias_correction_mu=False, bias_correction_nu=False)",
    "rmsprop": "optax.rmsprop(0.1, decay=0.8, initial_scale=1.0, eps_in_sqrt=False)",
    "rmsprop_centered": "optax.rmsprop(0.1, centered=True, bias_correction=True, eps=1e-2, momentum=0.8, nesterov=True)",
    "adagrad": "optax.adagrad(0.1, initial_accumulator_value=0.0, eps=1e-3)",
    "adadelta": "optax.adadelta(2.0, rho=0.8, eps=1e-3, weight_decay=0.1)",
    "lion": "optax.lion(0.1, b1=0.8, b2=0.9)",
    "lamb": "optax.lamb(0.1, b1=0.8, eps_root=1e-3, weight_decay=0.1)",
    "lars": "optax.lars(0.5, weight_decay=0.1, trust_coefficient=0.1, eps=1e-2, momentum=0.5)",
    "fromage": "optax.fromage(0.1, min_norm=1e-3)",
    "fromage_schedule": "optax.fromage(optax.exponential_decay(0.1, 2, 0.5))",
    "adabelief": "optax.adabelief(0.1, b1=0.8, eps=1e-4, eps_root=1e-6)",
    "yogi": "optax.yogi(0.1, b1=0.8, b2=0.9, eps=1e-2)",
    "novograd": "optax.novograd(0.1, b1=0.8, b2=0.5, eps=1e-3, eps_root=1e-3, weight_decay=0.1)",
    "adafactor": "optax.adafactor(0.1, decay_rate=0.7, momentum=0.5, weight_decay_rate=0.01)",
    "adafactor_small": "optax.adafactor(0.1, min_dim_size_to_factor=2, decay_offset=-3, clipping_threshold=None)",
    "adafactor_whole": "optax.adafactor(None, factored=False, eps=1e-3)",
    "adan": "optax.adan(0.1, b1=0.9, b2=0.8, b3=0.9, eps=1e-3, weight_decay=0.05)",
    "optimistic": "optax.optimistic_gradient_descent(0.1, alpha=0.7, beta=1.3)",
    "rprop": "optax.rprop(0.05, eta_minus=0.4, eta_plus=1.5, min_step_size=0.03, max_step_size=0.06)",
    "polyak": "optax.polyak_sgd(0.5, scaling=0.7, f_min=0.1, eps=0.1)",
    "muon": C + "muon(0.1, ns_steps=3, beta=0.9, weight_decay=0.1, consistent_rms=0.2)",
    "muon_dion": C + "muon(0.1, ns_coeffs='dion', nesterov=False)",
    "muon_aol": C + "muon(0.1, preconditioning='aol')",
    "muon_schatten": C + "muon(0.1, preconditioning='schatten')",
    "muon_spectral": C + "muon(0.1, preconditioning='spectral')",
    "schedule_free_adamw": C + "schedule_free_adamw(0.1, warmup_steps=2, weight_decay=0.1)",
    "prodigy": C + "prodigy(1.0, beta3=0.9, estim_lr0=1e-2, estim_lr_coef=0.5, weight_decay=0.1)",
    "dadapt_adamw": C + "dadapt_adamw(1.0, betas=(0.8, 0.9), estim_lr0=1e-2)",
    "sam": C + "sam(optax.adam(0.1), optax.chain(optax.contrib.normalize(), optax.sgd(0.1)), sync_period=3, reset_state=False)",
    "ademamix": C + "ademamix(0.1, b3=optax.linear_schedule(0.9, 0.99, 5), alpha=optax.linear_schedule(0.0, 5.0, 5))",
    "adopt": C + "adopt(0.1, b2=0.99, nesterov=True, use_clipping=False)",
    "madgrad": C + "madgrad(optax.exponential_decay(0.1, 2, 0.5), momentum=0.5, weight_decay=0.05)",
    "momo": C + "momo(0.5, lower_bound=0.5, weight_decay=0.1, adapt_lower_bound=True)",
    "momo_adam": C + "momo_adam(0.1, b1=0.8, lower_bound=0.5, weight_decay=0.1, adapt_lower_bound=True)",
    "dog": C + "dog(1.0, init_step=('learning_rate', 0.1), weight_decay=0.1)",
    "dowg": C + "dowg(0.5, init_estim_sq_dist=0.01)",
    "cocob": C + "cocob(alpha=10.0, weight_decay=0.1)",
    "mechanize": C + "mechanize(optax.adam(0.1), weight_decay=0.1, s_init=0.1, num_betas=4)",
    "lbfgs": "optax.lbfgs(0.1, memory_size=2, scale_init_precond=False, linesearch=None)",
}
LONG_CASES = {
    "adam": "optax.adam(1e-2)",
    "radam": "optax.radam(1e-2, b2=0.99)",
    "amsgrad": "optax.amsgrad(1e-2)",
    "rmsprop_bias_correction": "optax.rmsprop(1e-2, bias_correction=True)",
    "adafactor": "optax.adafactor(1e-2)",
    "adan": "optax.adan(1e-2)",
    "adopt": C + "adopt(1e-2)",
    "schedule_free_sgd": C + "schedule_free_sgd(1e-2)",
    "simplified_ademamix": C + "simplified_ademamix(1e-3, alpha=1.0)",
    "sam": C + "sam(optax.sgd(1e-2), optax.chain(optax.contrib.normalize(), optax.sgd(0.05)))",
}


def wave(name, offset):
    i = np.arange(int(np.prod(SHAPES[name])), dtype=np.float64)
    return np.sin(1.7 * i + PHASES[name] + offset).reshape(SHAPES[name]).astype(np.float32)


def gradients(names, t):
    return {n: np.zeros(SHAPES[n], np.float32) if n == "z" else wave(n, 0.3 + t) for n in names}


def samples(params):
    return {n: [float(str(np.float32(v))) for v in np.asarray(p).ravel()[SAMPLES[n]]] for n, p in params.items()}


def run(python, names, steps):
    tx = optax.with_extra_args_support(eval(python))
    params = {n: jnp.asarray(wave(n, 0)) for n in names}
    state = tx.init(params)
    update = jax.jit(tx.update) if max(steps) > 100 else tx.update
    kept = {}
    for t in range(max(steps)):
        loss = {"value": jnp.float32(2 + np.sin(1.3 * t))} if "momo" in python or "polyak" in python else {}
        updates, state = update(gradients(names, t), state, params, **loss)
        params = optax.apply_updates(params, updates)
        if t + 1 in steps:
            kept[str(t + 1)] = samples(params)
    return kept


def main():
    cases = []
    for kind, table, names, steps in (("short", SHORT_CASES, "sbkmz", SHORT), ("long", LONG_CASES, "sbz", LONG)):
        for name, python in table.items():
            print(kind, name, file=sys.stderr)
            cases.append({"kind": kind, "name": name, "python": python, "params_after": run(python, names, steps)})
    out = {
        "versions": {"jax": jax.__version__, "optax": optax.__version__},
        "about": __doc__.split("\n\n")[2].replace("\n", " "),
        "shapes": {n: list(s) for n, s in SHAPES.items()},
        "phases": PHASES,
        "samples": SAMPLES,
        "cases": cases,
    }
    path = Path(__file__).parents[2] / "packages/optim/test/golden/optim_shapes.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(out) + "\n")


main()
