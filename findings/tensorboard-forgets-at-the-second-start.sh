#!/usr/bin/env bash
# tensorboard 2.21.0: a SessionLog with the status START says that a run goes on from a step, so that what was written
# from that step on counts no more. The page's reader (plugin_event_accumulator) takes no notice of the first one in a
# run: a writer whose first session begins without one has both values of each step. For the older reader
# (event_accumulator), which scripts use, the first one counts, but scalars that are written as tensors, as the
# SummaryWriters of TensorFlow 2 do, it keeps whatever STARTs there are.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check tensorboard==2.21.0 setuptools==80.9.0
cat >run.py <<'PY'
import numpy as np
from tensorboard.backend.event_processing import event_accumulator, plugin_event_accumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.scalar import metadata
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from tensorboard.util import tensor_util


def scalar(step, as_tensor):
    if as_tensor:
        described = metadata.create_summary_metadata(display_name="", description="")
        held = {"tensor": tensor_util.make_tensor_proto(np.float32(step)), "metadata": described}
    else:
        held = {"simple_value": step}
    return Event(step=step, summary=Summary(value=[Summary.Value(tag="loss", **held)]))


def start(step):
    return Event(step=step, session_log=SessionLog(status=SessionLog.START))


for starts in (1, 2):
    for as_tensor in (False, True):
        folder = f"run-{starts}-{as_tensor}"
        writer = EventFileWriter(folder)
        events = [start(0)] if starts == 2 else []
        events += [scalar(step, as_tensor) for step in (1, 2, 3, 4)] + [start(3)]
        for event in events + [scalar(step, as_tensor) for step in (3, 4)]:
            writer.add_event(event)
        writer.close()
        for module in (plugin_event_accumulator, event_accumulator):
            read = module.EventAccumulator(folder)
            read.Reload()
            is_scalar = "loss" in read.Tags().get("scalars", [])
            found = read.Scalars("loss") if is_scalar else read.Tensors("loss")
            kind = "tensors" if as_tensor else "simple values"
            print(starts, kind, module.__name__.split(".")[-1], [event.step for event in found])
PY
diff <(env/bin/python run.py 2>/dev/null) - <<'OUT'
1 simple values plugin_event_accumulator [1, 2, 3, 4, 3, 4]
1 simple values event_accumulator [1, 2, 3, 4]
1 tensors plugin_event_accumulator [1, 2, 3, 4, 3, 4]
1 tensors event_accumulator [1, 2, 3, 4, 3, 4]
2 simple values plugin_event_accumulator [1, 2, 3, 4]
2 simple values event_accumulator [1, 2, 3, 4]
2 tensors plugin_event_accumulator [1, 2, 3, 4]
2 tensors event_accumulator [1, 2, 3, 4, 3, 4]
OUT
echo "as described"
