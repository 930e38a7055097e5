"""Makes packages/checkpoint/test/golden/torch: the weights of PyTorch's layers, and what they answer in evaluation."""

import torch
from safetensors.torch import save_file
from torch.nn import init

from figures import GOLDEN, write_cases
from torch_models import MODULES, call, channels_last, inputs_of


SEED = 37


def randomise(module):
    """Other numbers than the ones and zeros that norms and biases begin with."""
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        last = name.split(".")[-1]
        if last == "running_var":
            init.uniform_(tensor, 0.5, 2)
        elif last == "running_mean" or tensor.dim() == 1 and not last.startswith(("_u", "_v", "weight_u", "weight_v")):
            init.normal_(tensor, 0.5 if "weight" in last else 0, 0.5)


def wrapped(name, state):
    """As the state dicts of nn.parallel.DistributedDataParallel and torch.compile name what they wrap."""
    if name == "data_parallel":
        return {f"module.{key}": value for key, value in state.items()}
    if name == "compiled":
        compiled = torch.compile(MODULES[name]())
        assert list(compiled.state_dict()) == [f"_orig_mod.{key}" for key in state]
        return {f"_orig_mod.{key}": value for key, value in state.items()}
    return state


def main():
    folder = GOLDEN / "torch"
    folder.mkdir(parents=True, exist_ok=True)
    cases = {}
    for index, (name, make) in enumerate(MODULES.items()):
        torch.manual_seed(SEED + index)
        module = make()
        with torch.no_grad():
            randomise(module)
        inputs = inputs_of(name)
        if "spectral" in name:
            call(name, module.train(), inputs)
        outputs = call(name, module.eval(), inputs)
        state = {key: value.contiguous().clone() for key, value in wrapped(name, module.state_dict()).items()}
        save_file(state, folder / f"{name}.safetensors")
        cases[name] = ([channels_last(name, x) for x in inputs], [channels_last(name, y) for y in outputs])
    write_cases("torch", cases)


if __name__ == "__main__":
    main()
