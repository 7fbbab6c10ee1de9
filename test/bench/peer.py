"""The same work in PyTorch, for comparison: serves the requests of protocol.ts.

Networks of plain PyTorch (test/torch/networks.py), whose modules carry the names of the tensors in the exchange file.
A request names a variant: `written`, with the front-end in each step, as in the original training code; `cached`, what a
good engineer makes of it by hand: steps start from what the frozen front-end left, and parameters change in one fused
call; `compiled`, the same by torch.compile. Features are made by `stft`, PyTorch's Fourier transform, or `conv1d`, as
nnAudio makes them.
"""
import json
import os
import pathlib
import resource
import sys
import time

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "torch"))
from networks import HOP, MODELS, N_FFT, RECOGNIZERS, MelSpectrogram, load_weights, slaney_filters
from safetensors_file import read_tensors

RATE, MOMENTUM, DECAY = 1e-6, 0.9, 1e-3


class Leaf(nn.Module):
    """LEAF (Zeghidour et al. 2021) before a linear layer, by its definition: [B, samples] to [B, classes]."""

    TAPS, HOP, FLOOR, EPSILON = 401, 160, 1e-5, 1e-12

    def __init__(self, bands=40, frames=100, classes=12):
        super().__init__()
        trained = lambda names: nn.ParameterDict({name: torch.zeros(bands) for name in names})
        self.filterbank = trained(("center_freqs", "bandwidths", "pooling_widths"))
        self.compression = trained(("alpha", "delta", "r", "s"))
        self.linearlayer = nn.Linear(bands * frames, classes)
        self.bands, half, z = bands, self.TAPS // 2, np.sqrt(2 * np.log(2)) / np.pi
        self.limits = {"center_freqs": (0, np.pi), "bandwidths": (4 * z, self.TAPS * z), "pooling_widths": (2 / self.TAPS, 0.5)}
        self.register_buffer("time", torch.arange(-half, half + 1, dtype=torch.float32), persistent=False)

    def energies(self, waves):
        centre, width, pooling = (self.filterbank[name].clamp(*self.limits[name])[:, None] for name in self.limits)
        half = self.TAPS // 2
        envelope = torch.exp(-((self.time / width) ** 2) / 2) / (np.sqrt(2 * np.pi) * width)
        taps = torch.cat([envelope * torch.cos(centre * self.time), envelope * torch.sin(centre * self.time)])
        parts = F.conv1d(waves[:, None], taps[:, None], padding=half).pow(2)
        window = torch.exp(-((self.time / (half * pooling)) ** 2) / 2)[:, None]
        energies = parts[:, : self.bands] + parts[:, self.bands :]
        pooled = F.conv1d(energies, window, stride=self.HOP, padding=half, groups=self.bands)
        return torch.clamp(pooled, min=self.FLOOR)

    def forward(self, waves):
        energies = self.energies(waves)
        gain, bias = self.compression["alpha"].clamp(max=1)[:, None], self.compression["delta"][:, None]
        root, share = 1 / self.compression["r"].clamp(min=1)[:, None], self.compression["s"].clamp(0, 1)
        means = [energies[..., 0]]
        for t in range(1, energies.shape[-1]):
            means.append(share * energies[..., t] + (1 - share) * means[-1])
        level = (self.EPSILON + torch.stack(means, -1)) ** gain
        return self.linearlayer(((energies / level + bias) ** root - bias**root).flatten(1))

    def project(self):
        """In each forward pass."""


class EfficientLeaf(nn.Module):
    """EfficientLEAF (Schlueter and Gutenbrunner 2022) before a linear layer, as its authors compute it: groups of
    filters, each with a stride, a length and a pooling window of its own; ln(1 + 10^a x), batch norm by band."""

    GROUPS, TAPS_OF_WIDTH, STRIDE_FACTOR, POOL, HOP = 8, 6, 16, 401, 160

    def __init__(self, bands=40, frames=100, classes=12):
        super().__init__()
        trained = lambda names: nn.ParameterDict({name: torch.zeros(bands) for name in names})
        self.filterbank = trained(("center_freqs", "bandwidths", "pooling_widths"))
        self.compression = nn.ModuleDict({"log1p": trained(("a",)), "TBN": nn.ModuleDict({"bn": nn.BatchNorm1d(bands)})})
        self.linearlayer = nn.Linear(bands * frames, classes)
        z = np.sqrt(2 * np.log(2)) / np.pi
        self.limits = {"center_freqs": (0, np.pi), "bandwidths": (2 * z, self.POOL * z), "pooling_widths": (2 / self.POOL, 0.5)}
        self.edges = [group * bands // self.GROUPS for group in range(self.GROUPS + 1)]

    def group(self, waves, centre, width, pooling):
        odd = lambda n: n + 1 - n % 2
        most = min(max(1, np.pi / centre.max().item() * self.STRIDE_FACTOR), self.HOP)
        stride = max(step for step in range(1, int(most) + 1) if self.HOP % step == 0)
        taps = odd(int(width.max().item() * self.TAPS_OF_WIDTH))
        length = odd(int(self.POOL / stride + 0.5))
        time = torch.arange(taps) - taps // 2
        envelope = torch.exp(-((time / width) ** 2) / 2) / (np.sqrt(2 * np.pi) * width)
        kernels = torch.cat([envelope * torch.cos(centre * time), envelope * torch.sin(centre * time)])
        parts = F.conv1d(waves[:, None], kernels[:, None], stride=stride, padding=taps // 2).pow(2)
        energies = parts[:, : len(centre)] + parts[:, len(centre) :]
        places = (torch.arange(length) - length // 2) / max(length // 2, 1)
        window = torch.exp(-((places / (pooling * (self.POOL / stride / length))) ** 2) / 2)[:, None]
        return F.conv1d(energies, window, stride=self.HOP // stride, padding=length // 2, groups=len(centre))

    def forward(self, waves):
        values = [self.filterbank[name].clamp(*self.limits[name])[:, None] for name in self.limits]
        groups = [self.group(waves, *(value[a:b] for value in values)) for a, b in zip(self.edges, self.edges[1:])]
        logs = torch.log1p(10 ** self.compression["log1p"]["a"][:, None] * torch.cat(groups, 1))
        return self.linearlayer(self.compression["TBN"]["bn"](logs).flatten(1))

    def project(self):
        """In each forward pass."""


FURTHER = {"leaf": Leaf, "efficientleaf": EfficientLeaf}


def phone_loss(logits, labels):
    clips, frames, _ = logits.shape
    lengths = torch.full((clips,), frames), torch.full((clips,), labels.shape[1])
    return F.ctc_loss(F.log_softmax(logits, -1).transpose(0, 1), labels, *lengths)


def load(case, setting, tensors):
    models = RECOGNIZERS if case["kind"] == "recognize" else MODELS
    further = FURTHER.get(case.get("frontend"))
    model = models[case["model"]](setting) if further is None else further()
    others = ("input", "labels") + (() if further is None else ("mel_layer",))
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith(others)}
    load_weights(model, weights)
    return model


def prepare_training(case, tensors, variant):
    sgd = lambda trained: torch.optim.SGD(trained, RATE, momentum=MOMENTUM, weight_decay=DECAY, **fused(variant))
    return prepare_steps(case, tensors, variant, F.cross_entropy, sgd)


def prepare_recognizer(case, tensors, variant):
    adam = lambda trained: torch.optim.Adam(trained, RATE, **fused(variant))
    return prepare_steps(case, tensors, variant, phone_loss, adam)


def fused(variant):
    """Optimizers in one call for all parameters, which processors have since PyTorch 2.4."""
    version = tuple(int(part) for part in torch.__version__.split(".")[:2])
    return {"fused": True} if variant != "written" and version >= (2, 4) else {}


def compiled(function):
    if not hasattr(torch, "compile"):
        raise RuntimeError(f"PyTorch {torch.__version__} has no torch.compile")
    return torch.compile(function)


def entry(model, case, waves, variant):
    """Where steps start, and the network from there: behind what is frozen, but for `written`."""
    setting = case["setting"]
    if variant == "written" or setting in "CD" or "frontend" in case:
        return waves, model
    with torch.no_grad():
        if setting == "A":
            return model.mel_layer(waves), model.head
        power = model.mel_layer.stft(waves) ** 2
    mel = model.mel_layer
    return power, lambda power: model.head(mel.norm(torch.log(torch.matmul(mel.mel_basis, power) + 1e-10)))


def prepare_steps(case, tensors, variant, criterion, make_optimizer):
    model = load(case, case["setting"], tensors).train()
    labels = tensors["labels"].long()
    inputs, forward = entry(model, case, tensors["input"], variant)
    if variant == "compiled":
        forward = compiled(forward)
    dropouts = [module for module in model.modules() if isinstance(module, nn.Dropout2d)]
    for dropout in dropouts:
        dropout.eval()
    with torch.no_grad():
        loss = criterion(forward(inputs), labels).item()
    for dropout in dropouts:
        dropout.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = make_optimizer(trained)

    def step():
        optimizer.zero_grad(set_to_none=True)
        step_loss = criterion(forward(inputs), labels)
        step_loss.backward()
        optimizer.step()
        model.project()
        return step_loss.item()

    step()  # what cannot be compiled or run fails here, not while it is timed
    return {"loss": loss, "trained": sum(parameter.numel() for parameter in trained)}, step


def prepare_inference(case, tensors, variant):
    model = load(case, "D", tensors).eval()
    waves, labels = tensors["input"], tensors["labels"].long()
    forward = compiled(model) if variant == "compiled" else model

    def infer():
        with torch.no_grad():
            return forward(waves).numpy()

    return {"loss": F.cross_entropy(torch.from_numpy(infer()), labels).item()}, infer


def prepare_fixed(case, tensors, variant):
    """Of all waves in batches, in memory: in the place of our products for networks with trained kernels, and of our
    stage, which reads and writes files besides."""
    batches = tensors["input"].split(case.get("batch", FEATURES_BATCH))
    rounds = -(-case.get("clips", 0) // len(tensors["input"])) or 1
    transform = features_of(case["representation"], variant)

    def features():
        with torch.no_grad():
            for _ in range(rounds):
                made = [transform(batch) for batch in batches]
            return made

    return {"loss": torch.cat(features()).mean().item()}, features


FEATURES_BATCH = 50


def features_of(representation, variant):
    if variant == "conv1d":
        mel = MelSpectrogram("A")
        return mel.log_mel if representation == "logmel" else lambda waves: mel.stft(waves) ** 2
    window = torch.hann_window(N_FFT)
    filters = torch.tensor(slaney_filters(40), dtype=torch.float32)

    def transform(waves):
        spectrum = torch.stft(waves, N_FFT, HOP, window=window, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square()
        return power if representation == "power" else torch.log(torch.matmul(filters, power) + 1e-10)

    return compiled(transform) if variant == "compiled" else transform


def prepare_pcen(case, tensors, variant):
    """As EfficientLEAF's class: the running mean frame by frame."""
    energy = tensors["input"].requires_grad_()
    start = (0.98, 2.0, 0.5, 0.025)
    parameters = [torch.full((1, energy.shape[1], 1), value, requires_grad=True) for value in start]

    def normalised(energy, gain, bias, power, smoothing):
        means = [energy[..., :1]]
        for t in range(1, energy.shape[-1]):
            means.append(smoothing * energy[..., t : t + 1] + (1 - smoothing) * means[-1])
        level = torch.cat(means, -1)
        factor = torch.exp(-gain * (torch.log(torch.tensor(1e-6)) + torch.log1p(level / 1e-6)))
        return ((energy * factor + bias) ** power - bias**power).mean()

    forward = compiled(normalised) if variant == "compiled" else normalised

    def step():
        for tensor in (energy, *parameters):
            tensor.grad = None
        loss = forward(energy, *parameters)
        loss.backward()
        return loss.item()

    return {"loss": step()}, step


def timed(work, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    return times


def main():
    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
    torch.manual_seed(0)
    work = None
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "prepare":
            tensors = read_tensors(request["exchange"])
            prepare = {
                "train": prepare_training,
                "recognize": prepare_recognizer,
                "infer": prepare_inference,
                "fixed": prepare_fixed,
                "features": prepare_fixed,
                "pcen": prepare_pcen,
            }[request["case"]["kind"]]
            try:
                reply, work = prepare(request["case"], tensors, request["variant"])
            except Exception as error:  # whatever a compiler may raise
                reply = {"error": f"{type(error).__name__}: {error}"}
        elif request["do"] == "run":
            reply = {"ms": timed(work, request["runs"])}
        else:
            reply = {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)}
        print(json.dumps(reply), flush=True)
        if request["do"] == "end":
            return


if __name__ == "__main__":
    main()
