"""Makes packages/checkpoint/test/golden/flax: the weights of Flax's layers, and what they answer in evaluation."""

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from flax.traverse_util import flatten_dict, unflatten_dict
from safetensors.flax import save_file

from figures import GOLDEN, write_cases
from flax_models import LINEN, NNX, inputs_of, names_of


def random_values(values):
    """Other numbers than the ones and zeros that norms and biases begin with; random streams keep theirs."""
    random = np.random.default_rng(len(values))

    def value(name, old):
        if jnp.issubdtype(old.dtype, jax.dtypes.prng_key):
            return jax.random.key_data(old)
        if not jnp.issubdtype(old.dtype, jnp.floating):
            return old
        new = random.normal(0.2, 0.5, old.shape).astype(np.float32)
        return jnp.asarray(np.abs(new) + 0.5 if name.endswith(("var", "sigma")) else new)

    return {name: value(name, old) for name, old in values.items()}


def main():
    folder = GOLDEN / "flax"
    folder.mkdir(parents=True, exist_ok=True)
    cases = {}
    for name, (make, shapes) in NNX.items():
        model = make()
        variables = names_of(nnx.state(model))
        # The scales of WeightNorm are plain arrays, which stay as they are.
        own = {key: leaf for key, leaf in variables.items() if isinstance(leaf, nnx.Variable)}
        stored = {**variables, **random_values({key: leaf[...] for key, leaf in own.items()})}
        for key, leaf in own.items():
            if not isinstance(leaf, nnx.RngState):
                leaf[...] = stored[key]
        save_file(stored, folder / f"{name}.safetensors", {"format": "flax"})
        inputs = inputs_of(name, shapes, jax.random.key(1))
        cases[name] = (inputs, [model(*inputs)])
    for name, (module, shapes) in LINEN.items():
        inputs = inputs_of(name, shapes, jax.random.key(1))
        flat = flatten_dict(module.init(jax.random.key(0), *inputs))
        stored = random_values({"/".join(path): value for path, value in flat.items()})
        save_file(stored, folder / f"{name}.safetensors", {"format": "flax"})
        # Keys of Linen hold slashes themselves, so that names alone do not say how they are nested.
        variables = unflatten_dict(dict(zip(flat, stored.values(), strict=True)))
        cases[name] = (inputs, [module.apply(variables, *inputs)])
    write_cases("flax", cases)


if __name__ == "__main__":
    main()
