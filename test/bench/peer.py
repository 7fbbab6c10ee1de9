"""The same work in PyTorch, for comparison: serves the requests of protocol.ts.

Plain PyTorch (test/torch/networks.py). In settings A and B too the front-end is part of each step, as in the original
training code. Modules carry the names of the tensors in the exchange file.
"""
import json
import os
import pathlib
import resource
import sys
import time

import torch
from torch import nn
import torch.nn.functional as F

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "torch"))
from networks import HOP, MODELS, N_FFT, RECOGNIZERS, load_weights, slaney_filters
from safetensors_file import read_tensors

RATE, MOMENTUM, DECAY = 1e-6, 0.9, 1e-3


def phone_loss(logits, labels):
    clips, frames, _ = logits.shape
    lengths = torch.full((clips,), frames), torch.full((clips,), labels.shape[1])
    return F.ctc_loss(F.log_softmax(logits, -1).transpose(0, 1), labels, *lengths)


def load(case, setting, tensors):
    models = RECOGNIZERS if case["kind"] == "recognize" else MODELS
    model = models[case["model"]](setting)
    weights = {name: tensor for name, tensor in tensors.items() if name not in ("input", "labels")}
    load_weights(model, weights)
    return model


def prepare_training(case, tensors):
    return prepare_steps(
        case, tensors, F.cross_entropy,
        lambda trained: torch.optim.SGD(trained, lr=RATE, momentum=MOMENTUM, weight_decay=DECAY),
    )


def prepare_recognizer(case, tensors):
    return prepare_steps(case, tensors, phone_loss, lambda trained: torch.optim.Adam(trained, lr=RATE))


def prepare_steps(case, tensors, criterion, make_optimizer):
    model = load(case, case["setting"], tensors).train()
    waves, labels = tensors["input"], tensors["labels"].long()
    dropouts = [module for module in model.modules() if isinstance(module, nn.Dropout2d)]
    for dropout in dropouts:
        dropout.eval()
    with torch.no_grad():
        loss = criterion(model(waves), labels).item()
    for dropout in dropouts:
        dropout.train()
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = make_optimizer(trained)

    def step():
        optimizer.zero_grad()
        step_loss = criterion(model(waves), labels)
        step_loss.backward()
        optimizer.step()
        model.project()
        return step_loss.item()

    return {"loss": loss, "trained": sum(parameter.numel() for parameter in trained)}, step


def prepare_inference(case, tensors):
    model = load(case, "D", tensors).eval()
    waves, labels = tensors["input"], tensors["labels"].long()

    def infer():
        with torch.no_grad():
            return model(waves).numpy()

    with torch.no_grad():
        loss = F.cross_entropy(model(waves), labels).item()
    return {"loss": loss}, infer


def prepare_fixed(case, tensors):
    """PyTorch's fast Fourier transform, in the place of the products that networks with trained kernels need."""
    waves = tensors["input"]
    window = torch.hann_window(N_FFT)
    filters = torch.tensor(slaney_filters(40), dtype=torch.float32)

    def features():
        with torch.no_grad():
            spectrum = torch.stft(waves, N_FFT, HOP, window=window, return_complex=True)
            power = spectrum.real.square() + spectrum.imag.square()
            return power if case["representation"] == "power" else torch.log(filters @ power + 1e-10)

    return {"loss": features().mean().item()}, features


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
            }[request["case"]["kind"]]
            reply, work = prepare(request["case"], tensors)
        elif request["do"] == "run":
            reply = {"ms": timed(work, request["runs"])}
        else:
            reply = {"peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)}
        print(json.dumps(reply), flush=True)
        if request["do"] == "end":
            return


if __name__ == "__main__":
    main()
