"""Reads the clips that an index.json of this project names: those of one split."""
import json
import wave

import numpy as np
import torch


def read_split(index_path, root):
    """Waves [N, samples] within [-1, 1), labels [N]."""
    with open(index_path) as file:
        index = json.load(file)
    clips = index["examples"]
    waves = np.zeros((len(clips), index["clip_samples"]), np.float32)
    for row, clip in zip(waves, clips):
        with wave.open(f"{root}/{clip['path']}", "rb") as file:
            found = (file.getframerate(), file.getnchannels(), file.getsampwidth())
            if found != (index["sample_rate"], 1, 2):
                raise ValueError(f"{clip['path']}: wanted 16 bits, one channel, the index's rate, found {found}")
            file.setpos(clip.get("start", 0))
            samples = np.frombuffer(file.readframes(len(row)), "<i2")
        row[: len(samples)] = samples / 32768
    labels = torch.tensor([index["classes"].index(*clip["labels"]) for clip in clips])
    return torch.from_numpy(waves), labels


def batches(count, size):
    return [slice(start, min(count, start + size)) for start in range(0, count, size)]


def evaluate(model, waves, labels, size=100):
    """Right clips and mean cross entropy, which is summed in float64."""
    model.eval()
    right, total = 0, 0.0
    with torch.no_grad():
        for part in batches(len(labels), size):
            logits = model(waves[part])
            right += int((logits.argmax(1) == labels[part]).sum())
            losses = torch.nn.functional.cross_entropy(logits.double(), labels[part], reduction="sum")
            total += losses.item()
    return {"clips": len(labels), "correct": right, "accuracy": right / len(labels), "cross_entropy": total / len(labels)}
