"""Inputs that are waves, and trees of arrays as JSON, for figures of JAX and Flax."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx


def det(shape, scale=1.0, phase=0.0):
    i = np.arange(int(np.prod(shape)) if shape else 1, dtype=np.float64)
    return jnp.asarray((scale * np.sin(1.7 * i + phase)).reshape(shape).astype(np.float32))


def enc(a):
    a = np.asarray(a)
    number = (lambda v: float(str(v))) if a.dtype == np.float32 else int
    return {"shape": list(a.shape), "dtype": str(a.dtype), "data": [number(v) for v in a.ravel()]}


def raw(a):
    return jax.random.key_data(a) if jnp.issubdtype(a.dtype, jax.dtypes.prng_key) else a


def flat(tree):
    return {".".join(str(p) for p in path): enc(raw(v[...])) for path, v in nnx.to_flat_state(nnx.state(tree))}
