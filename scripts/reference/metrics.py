"""Writes packages/train/test/golden/metrics.json: figures of scikit-learn for seeded predictions.

    python scripts/reference/metrics.py

Scores are rounded to float32. Of AUC the scores are given as bins, so that what is compared has the same ties.
"""

import json
from pathlib import Path

import numpy as np
import sklearn
from sklearn import metrics as m

OUT = Path(__file__).resolve().parents[2] / "packages/train/test/golden/metrics.json"
BINS = 4096


def floats(values):
    return [float(np.float32(v)) for v in np.asarray(values).ravel()]


def multiclass(seed, n, classes, absent=()):
    """Noisy logits; classes of `absent` are never a label."""
    rng = np.random.default_rng(seed)
    labels = rng.choice([c for c in range(classes) if c not in absent], n)
    logits = rng.normal(size=(n, classes)).astype(np.float32)
    logits[np.arange(n), labels] += 1
    guesses = logits.argmax(-1)
    every = list(range(classes))
    figures = {"confusion": m.confusion_matrix(labels, guesses, labels=every).ravel().tolist()}
    for average in ["macro", "micro", "weighted", None]:
        options = {"labels": every, "average": average, "zero_division": 0}
        figures[average or "none"] = {
            "precision": floats(m.precision_score(labels, guesses, **options)),
            "recall": floats(m.recall_score(labels, guesses, **options)),
            "f1": floats(m.f1_score(labels, guesses, **options)),
            "f2": floats(m.fbeta_score(labels, guesses, beta=2, **options)),
            "fhalf": floats(m.fbeta_score(labels, guesses, beta=0.5, **options)),
        }
    figures["topk"] = {
        str(k): float(m.top_k_accuracy_score(labels, logits, k=k, labels=every)) for k in range(1, classes)
    }
    losses = m.log_loss(labels, softmax(logits.astype(np.float64)), labels=every)
    figures["perplexity"] = float(np.exp(losses))
    return {
        "name": f"{n} labels of {classes} classes" + (f", none of {list(absent)}" if absent else ""),
        "classes": classes,
        "labels": labels.tolist(),
        "logits": floats(logits),
        **figures,
    }


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def binned(scores, kind):
    x = scores.astype(np.float32)
    place = x * np.float32(BINS) if kind == "probabilities" else (x / (np.abs(x) + 1) + 1) * np.float32(BINS / 2)
    return np.clip(np.floor(place), 0, BINS - 1)


def binary(seed, n, kind, share):
    rng = np.random.default_rng(seed)
    labels = (rng.random(n) < share).astype(int)
    scores = (rng.normal(size=n) * 2 + 2 * labels - 1).astype(np.float32)
    if kind == "probabilities":
        scores = (1 / (1 + np.exp(-scores))).astype(np.float32)
    threshold = 0.5 if kind == "probabilities" else 0
    yes = (scores >= threshold).astype(int)
    ranks = binned(scores, kind)
    return {
        "name": f"{n} {kind}, {share} of them yes",
        "kind": kind,
        "threshold": threshold,
        "labels": labels.tolist(),
        "scores": floats(scores),
        "confusion": m.confusion_matrix(labels, yes, labels=[0, 1]).ravel().tolist(),
        "precision": float(m.precision_score(labels, yes, zero_division=0)),
        "recall": float(m.recall_score(labels, yes, zero_division=0)),
        "f1": float(m.f1_score(labels, yes, zero_division=0)),
        "roc": float(m.roc_auc_score(labels, ranks)),
        "roc_exact": float(m.roc_auc_score(labels, scores)),
        "pr": float(m.average_precision_score(labels, ranks)),
        "pr_exact": float(m.average_precision_score(labels, scores)),
    }


figures = {
    "versions": {"sklearn": sklearn.__version__, "numpy": np.__version__},
    "bins": BINS,
    "multiclass": [
        multiclass(0, 40, 3),
        multiclass(1, 64, 5, absent=(2,)),
        multiclass(2, 12, 7, absent=(0, 6)),
    ],
    "binary": [
        binary(0, 50, "logits", 0.5),
        binary(1, 200, "logits", 0.1),
        binary(2, 120, "probabilities", 0.3),
        binary(3, 7, "probabilities", 0.6),
    ],
}
OUT.parent.mkdir(parents=True, exist_ok=True)
OUT.write_text(json.dumps(figures) + "\n")
