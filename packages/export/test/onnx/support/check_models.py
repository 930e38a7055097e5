"""Checks each model of a folder as the standard says, with the types and shapes of all values inferred:

    python check_models.py FOLDER
"""

import sys
from pathlib import Path

import onnx

wrong = []
for path in sorted(Path(sys.argv[1]).glob("*.onnx")):
    model = onnx.load(path)
    try:
        onnx.checker.check_model(model, full_check=True)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:
        operators = [node.op_type for node in model.graph.node]
        wrong.append(f"{path.stem}: {error} (of {operators})")
print("\n".join(wrong))
sys.exit(1 if wrong else 0)
