"""Trains the linear recogniser in PyTorch on this project's own features, for comparison of error rates.

    deno task sweep --task asr --setting A,D --seed 0,1,2 dataset=kaldi root=ROOT trainer.epochs=20
    python3 test/torch/recognizer.py FOLDER --setting A --epochs 20 --seeds 0,1,2

FOLDER has train.safetensors, validation.safetensors and test.safetensors of waveforms, as the tasks
features/<corpus>-waveform-<split> make them (`deno task why 'features/*-waveform-*'` names their logs; their outputs
are in the store): the same utterances, labels and splits. Model, optimizer and their settings are the defaults of conf/asr.yaml
with model=linear, written anew in PyTorch's own layers; random numbers differ. Prints one line a seed, then mean and
standard deviation. Needs only PyTorch and NumPy (Debian: python3-torch).
"""
import argparse
import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F

N_FFT, HOP, MELS, RATE, HIDDEN = 480, 160, 40, 16000, 32
CLIP_NORM = 5.0
LR = {"model": 0.01, "stft": 0.0001, "mel": 0.00001}
SILENCES = "bcl dcl epi gcl h# kcl pau pcl tcl".split()
FOLDED = {"ao": "aa", "ax": "ah", "ax-h": "ah", "axr": "er", "el": "l", "em": "m", "en": "n", "eng": "ng", "hv": "hh",
          "ix": "ih", "nx": "n", "ux": "uw", "zh": "sh", **{phone: "sil" for phone in SILENCES}}


def read_split(path):
    """[(samples in [-1, 1), labels)] and the classes' names."""
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        body = file.read()
    kinds = {"I16": np.int16, "I32": np.int32}

    def tensor(name):
        entry = header[name]
        begin, end = entry["data_offsets"]
        return np.frombuffer(body[begin:end], kinds[entry["dtype"]]).reshape(entry["shape"])

    waves = np.split(tensor("features").reshape(-1).astype(np.float32) / 32768, np.cumsum(tensor("lengths"))[:-1])
    labels = np.split(tensor("labels"), np.cumsum(tensor("label_lengths"))[:-1])
    return list(zip(waves, labels)), json.loads(header["__metadata__"]["classes"])


def hz_to_mel(hz):
    """Slaney's scale: linear below 1 kHz, logarithmic above."""
    return hz * 3 / 200 if hz < 1000 else 15 + 27 * math.log(hz / 1000) / math.log(6.4)


def mel_to_hz(mel):
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


def mel_matrix():
    edges = [mel_to_hz(m) for m in np.linspace(hz_to_mel(0), hz_to_mel(RATE / 2), MELS + 2)]
    bins = np.arange(N_FFT // 2 + 1) * RATE / N_FFT
    rows = []
    for low, centre, high in zip(edges, edges[1:], edges[2:]):
        triangle = np.maximum(0, np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre)))
        rows.append(triangle * 2 / (high - low))
    return torch.tensor(np.array(rows), dtype=torch.float32)


class Recognizer(torch.nn.Module):
    def __init__(self, classes, trained):
        super().__init__()
        n, k = np.arange(N_FFT), np.arange(N_FFT // 2 + 1)[:, None]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT)
        angle = 2 * np.pi * k * n / N_FFT
        kernel = lambda x: torch.nn.Parameter(torch.tensor(x * window, dtype=torch.float32)[:, None], trained)
        self.wcos, self.wsin = kernel(np.cos(angle)), kernel(np.sin(angle))
        self.mel = torch.nn.Parameter(mel_matrix(), trained)
        self.epsilon = 1e-8 if trained else 0.0
        self.norm = torch.nn.BatchNorm1d(MELS, affine=False)
        self.ahead, self.back = (torch.nn.LSTM(MELS, HIDDEN, batch_first=True) for _ in range(2))
        self.linear = torch.nn.Linear(2 * HIDDEN, classes)

    def front_end(self, waves):
        padded = F.pad(waves[:, None], (N_FFT // 2, N_FFT // 2), mode="reflect")
        power = F.conv1d(padded, self.wcos, stride=HOP) ** 2 + F.conv1d(padded, self.wsin, stride=HOP) ** 2 + self.epsilon
        return torch.log(torch.matmul(self.mel, power) + 1e-10).transpose(1, 2)

    def forward(self, logmel, frames):
        valid = torch.arange(logmel.shape[1])[None] < frames[:, None]
        normed = torch.zeros_like(logmel)
        normed[valid] = self.norm(logmel[valid])  # statistics over frames that count
        turned = backwards(self.back(backwards(normed, frames))[0], frames)
        return F.log_softmax(self.linear(torch.cat([self.ahead(normed)[0], turned], 2)), 2)


def backwards(rows, frames):
    """Each clip's own frames in reverse order, its padding where it was: several times as fast as a packed sequence."""
    at = torch.arange(rows.shape[1])[None]
    order = torch.where(at < frames[:, None], frames[:, None] - 1 - at, at)
    return rows.gather(1, order[:, :, None].expand_as(rows))


def extended(wave):
    """A wave and its reflection behind its end, so that the padding of a batch changes no frame."""
    return np.concatenate([wave, wave[-2:-N_FFT // 2 - 2:-1]])


def batch_of(model, clips, cached):
    frames = torch.tensor([len(wave) // HOP + 1 for wave, _ in clips])
    if cached:
        logmel = torch.nn.utils.rnn.pad_sequence([cached[id(wave)] for wave, _ in clips], batch_first=True)
    else:
        waves = [torch.from_numpy(extended(wave)) for wave, _ in clips]
        logmel = model.front_end(torch.nn.utils.rnn.pad_sequence(waves, batch_first=True))[:, :int(frames.max())]
    labels = torch.from_numpy(np.concatenate([labels for _, labels in clips])).long()
    return logmel, frames, labels, torch.tensor([len(labels) for _, labels in clips])


def ctc(model, clips, cached):
    logmel, frames, labels, lengths = batch_of(model, clips, cached)
    log_probs = model(logmel, frames)
    return F.ctc_loss(log_probs.transpose(0, 1), labels, frames, lengths), log_probs, frames


def evaluate(model, clips, cached, batch=16):
    model.eval()
    total, heard = 0.0, [None] * len(clips)
    rows = sorted(range(len(clips)), key=lambda row: len(clips[row][0]))
    with torch.no_grad():
        for at in range(0, len(clips), batch):
            part = rows[at:at + batch]
            loss, log_probs, frames = ctc(model, [clips[row] for row in part], cached)
            total += loss.item() * len(part)
            for row, best, count in zip(part, log_probs.argmax(2), frames):
                path = best[:count].tolist()
                heard[row] = [c for i, c in enumerate(path) if c != 0 and (i == 0 or path[i - 1] != c)]
    model.train()
    return total / len(clips), heard


def edits(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def error_rates(clips, heard, classes):
    fold = lambda labels: [FOLDED.get(classes[c], classes[c]) for c in labels if classes[c] != "q"]
    rate = lambda pairs: sum(edits(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)
    pairs = [(labels.tolist(), found) for (_, labels), found in zip(clips, heard)]
    return rate(pairs), rate([(fold(a), fold(b)) for a, b in pairs])


def batches(clips, batch, pooled=8):
    """Rows of an epoch's batches, of similar length each, as trainer.sampler=lengths draws them."""
    order = torch.randperm(len(clips)).tolist()
    found = []
    for at in range(0, len(order), pooled * batch):
        pool = sorted(order[at:at + pooled * batch], key=lambda row: len(clips[row][0]))
        found += [pool[i:i + batch] for i in range(0, len(pool), batch)]
    return [found[i] for i in torch.randperm(len(found)).tolist()]


def train(folder, setting, epochs, batch, seed):
    torch.manual_seed(seed)
    splits = {name: read_split(f"{folder}/{name}.safetensors") for name in ("train", "validation", "test")}
    classes = splits["train"][1]
    data = {name: clips for name, (clips, _) in splits.items()}
    model = Recognizer(len(classes), setting == "D")
    cached = {}
    if setting == "A":  # nothing of the front-end is trained
        with torch.no_grad():
            for wave, _ in sum(data.values(), []):
                cached[id(wave)] = model.front_end(torch.from_numpy(wave)[None])[0]
    body = [*model.ahead.parameters(), *model.back.parameters(), *model.linear.parameters()]
    groups = [{"params": body, "lr": LR["model"]}]
    if setting == "D":
        groups += [{"params": [model.wcos, model.wsin], "lr": LR["stft"]}, {"params": [model.mel], "lr": LR["mel"]}]
    optimizer = torch.optim.Adam(groups)
    best = (math.inf, None)
    for epoch in range(epochs):
        for rows in batches(data["train"], batch):
            loss, _, _ = ctc(model, [data["train"][i] for i in rows], cached)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(body, CLIP_NORM)
            optimizer.step()
            with torch.no_grad():
                model.mel.clamp_(0, 1)
        validation, _ = evaluate(model, data["validation"], cached)
        if validation < best[0]:
            best = (validation, {name: value.clone() for name, value in model.state_dict().items()})
        print(f"  epoch {epoch + 1}: loss {loss.item():.3f}, validation {validation:.3f}", flush=True)
    model.load_state_dict(best[1])
    _, heard = evaluate(model, data["test"], cached)
    return error_rates(data["test"], heard, classes)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--setting", choices=["A", "D"], default="A")
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--seeds", default="0,1,2")
    args = parser.parse_args()
    found = []
    for seed in map(int, args.seeds.split(",")):
        found.append(train(args.folder, args.setting, args.epochs, args.batch, seed))
        print(f"{args.setting} seed {seed}: error rate {found[-1][0]:.4f}, of 39 phones {found[-1][1]:.4f}", flush=True)
    rates = np.array(found)
    spread = rates.std(axis=0, ddof=1) if len(rates) > 1 else np.zeros(2)
    print(f"{args.setting}: error rate {rates[:, 0].mean():.4f} +- {spread[0]:.4f}, "
          f"of 39 phones {rates[:, 1].mean():.4f} +- {spread[1]:.4f}")


if __name__ == "__main__":
    main()
