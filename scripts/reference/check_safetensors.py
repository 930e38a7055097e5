"""Reads the safetensors files of a folder by the safetensors library, and says for each whether the library writes the
same bytes for what it read: a JSON object by file name, of

    same: whether the bytes are equal, metadata included (its keys are sorted first: the library's own order is random)
    tensors: by name [dtype, shape, the bytes in hexadecimal]
    numpy: by name the values, as texts, of what NumPy has a dtype for

    python scripts/reference/check_safetensors.py FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

SPEC_DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}


def metadata_of(data):
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]).get("__metadata__")


def with_metadata(data, metadata):
    """The file with the metadata in the order given, which the library shuffles."""
    length = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + length].rstrip()
    found = json.dumps(json.loads(header)["__metadata__"], ensure_ascii=False, separators=(",", ":"))
    wanted = json.dumps(metadata, ensure_ascii=False, separators=(",", ":"))
    header = header.replace(found.encode(), wanted.encode(), 1)
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + data[8 + length :]


def written_again(tensors, metadata):
    arrays = {name: np.frombuffer(bytes(tensor["data"]), np.uint8) for name, tensor in tensors}
    specs = {
        name: safetensors.TensorSpec(
            dtype=SPEC_DTYPES[tensor["dtype"]],
            shape=tensor["shape"],
            data_ptr=arrays[name].ctypes.data,
            data_len=arrays[name].size,
        )
        for name, tensor in tensors
    }
    data = bytes(safetensors.serialize(specs, metadata))
    return with_metadata(data, metadata) if metadata else data


report = {}
for path in sorted(Path(sys.argv[1]).glob("*.safetensors")):
    data = path.read_bytes()
    tensors = safetensors.deserialize(data)
    metadata = metadata_of(data)
    with safetensors.safe_open(path, "numpy") as file:
        assert file.metadata() == metadata
        values = {
            name: [repr(value) for value in file.get_tensor(name).reshape(-1).tolist()]
            for name, tensor in tensors
            if tensor["dtype"] != "BF16"
        }
    report[path.name] = {
        "same": written_again(tensors, metadata) == data,
        "tensors": {n: [t["dtype"], t["shape"], bytes(t["data"]).hex()] for n, t in tensors},
        "numpy": values,
    }
json.dump(report, sys.stdout)
