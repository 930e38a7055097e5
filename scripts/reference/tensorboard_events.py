"""Writes packages/train/test/golden/tensorboard.json: event files that the package tensorboard makes, in hexadecimal.

    python scripts/reference/tensorboard_events.py
"""

import io
import json
from pathlib import Path

import numpy as np
import tensorboard
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.histogram import summary_v2 as histograms
from tensorboard.plugins.image import metadata as image_metadata
from tensorboard.plugins.scalar import summary_v2 as scalars
from tensorboard.plugins.text import summary_v2 as texts
from tensorboard.summary.writer.record_writer import RecordWriter
from tensorboard.util import tensor_util

OUT = Path(__file__).resolve().parents[2] / "packages/train/test/golden/tensorboard.json"


def record(event):
    """The bytes of an event in a file."""

    class Bytes(io.BytesIO):
        def close(self):
            self.value = self.getvalue()

    out = Bytes()
    writer = RecordWriter(out)
    writer.write(event.SerializeToString())
    return out.getvalue().hex()


def event(summary, seconds, step):
    return record(event_pb2.Event(wall_time=seconds, step=step, summary=summary))


def images(tag, width, height, files):
    strings = [str(width).encode(), str(height).encode(), *files]
    summary = summary_pb2.Summary()
    summary.value.add(
        tag=tag,
        metadata=image_metadata.create_summary_metadata(display_name=None, description=None),
        tensor=tensor_util.make_tensor_proto(np.array(strings, dtype=object)),
    )
    return summary


rng = np.random.default_rng(0)
histogram_values = {
    "normal": rng.normal(size=200).astype(np.float32).astype(float).tolist(),
    "same": [2.5] * 4,
    "none": [],
    "two": [-1.0, 3.0],
    "borders": [0.0, 1.0, 2.0, 3.0, 0.5, 3.0, 1.5],
}
figures = {
    "tensorboard": tensorboard.__version__,
    "version": record(event_pb2.Event(wall_time=1234.5, file_version="brain.Event:2")),
    "scalars": [
        {"tag": tag, "value": value, "seconds": seconds, "step": step, "bytes": event(scalars.scalar_pb(tag, value), seconds, step)}
        for tag, value, seconds, step in [
            ("loss", 0.1, 1.5, 3),
            ("train/loss", 0.0, 1700000000.25, 0),
            ("größe", -1.25, 2.0, 127),
            ("x", 3e38, 2.0, 128),
            ("x", 1e-40, 2.0, 2**31),
            ("x", 2.0, 2.0, 2**53 - 1),
        ]
    ],
    "histograms": [
        {"name": name, "values": values, "buckets": buckets, "bytes": event(histograms.histogram_pb("h", values, buckets=buckets), 1.5, 3)}
        for name, values in histogram_values.items()
        for buckets in (3, 30)
    ],
    "texts": [
        {"text": text, "bytes": event(texts.text_pb("t", text), 1.5, 3)} for text in ["hello", "*größer* ✓", "x" * 300]
    ],
    "images": [
        {"files": [file.hex() for file in files], "width": 4, "height": 2, "bytes": event(images("i", 4, 2, files), 1.5, 3)}
        for files in [[b"\x89PNG one"], [b"\x89PNG one", b"two"]]
    ],
}
OUT.write_text(json.dumps(figures, ensure_ascii=False) + "\n")
