"""Reads the event files of a folder by the package tensorboard: a JSON object of what it finds, by kind and tag.

    python scripts/reference/check_tensorboard.py FOLDER
"""

import json
import sys

# What the server itself reads with: the other one forgets nothing where a run goes on after an earlier step.
from tensorboard.backend.event_processing.plugin_event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

board = EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
board.Reload()
found = {}
for tag in board.Tags()["tensors"]:
    plugin = board.SummaryMetadata(tag).plugin_data.plugin_name
    found[tag] = {
        "plugin": plugin,
        "events": [
            [event.step, event.wall_time, read.tolist() if plugin in ("scalars", "histograms") else [str(x) for x in read.ravel()]]
            for event in board.Tensors(tag)
            for read in [tensor_util.make_ndarray(event.tensor_proto)]
        ],
    }
print(json.dumps(found))
