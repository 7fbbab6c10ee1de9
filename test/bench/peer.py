"""The same work in PyTorch, for comparison: serves the requests of protocol.ts.

Plain PyTorch. The front-end is computed as nnAudio does it: two conv1d with the hop as stride on the reflect-padded
wave, power, a product with the Mel matrix, log; in settings A and B too it is part of each step, as in the original
training code. Modules carry the names of the tensors in the exchange file.
"""
import json
import os
import resource
import struct
import sys
import time

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

N_FFT, HOP, BINS, MELS, FRAMES, CLASSES = 480, 160, 241, 40, 101, 12
PHONE_CLASSES, HIDDEN = 62, 32
RATE, MOMENTUM, DECAY = 1e-6, 0.9, 1e-3


class Stft(nn.Module):
    def __init__(self, trainable):
        super().__init__()
        self.trainable = trainable
        self.wsin = nn.Parameter(torch.empty(BINS, 1, N_FFT), requires_grad=trainable)
        self.wcos = nn.Parameter(torch.empty(BINS, 1, N_FFT), requires_grad=trainable)

    def forward(self, wave):
        padded = F.pad(wave[:, None, :], (N_FFT // 2, N_FFT // 2), mode="reflect")
        imaginary = F.conv1d(padded, self.wsin, stride=HOP)
        real = F.conv1d(padded, self.wcos, stride=HOP)
        power = real.pow(2) + imaginary.pow(2)
        return torch.sqrt(power + 1e-8 if self.trainable else power)


class MelSpectrogram(nn.Module):
    def __init__(self, setting):
        super().__init__()
        self.stft = Stft(setting in "CD")
        self.mel_basis = nn.Parameter(torch.empty(MELS, BINS), requires_grad=setting in "BD")

    def forward(self, wave):
        return torch.log(torch.matmul(self.mel_basis, self.stft(wave) ** 2) + 1e-10)


class Linear(nn.Module):
    def __init__(self, setting):
        super().__init__()
        self.mel_layer = MelSpectrogram(setting)
        self.linearlayer = nn.Linear(MELS * FRAMES, CLASSES)

    def forward(self, wave):
        return self.linearlayer(self.mel_layer(wave).flatten(1))


class SubSpectralNorm(nn.Module):
    """Batch norm of each channel in five bands of frequency (Chang et al. 2021)."""

    GROUPS = 5

    def __init__(self, channels):
        super().__init__()
        self.bn = nn.BatchNorm2d(channels * self.GROUPS)

    def forward(self, x):
        clips, channels, height, frames = x.shape
        grouped = x.view(clips, channels * self.GROUPS, height // self.GROUPS, frames)
        return self.bn(grouped).view(x.shape)


def frequency_conv(channels, stride):
    return nn.Conv2d(channels, channels, (3, 1), (stride, 1), (1, 0), groups=channels, bias=False)


def time_conv(channels, dilation):
    return nn.Conv2d(
        channels, channels, (1, 3), padding=(0, dilation), dilation=(1, dilation), groups=channels, bias=False
    )


class Transition(nn.Module):
    def __init__(self, inputs, outputs, stride, dilation):
        super().__init__()
        self.conv1x1_1 = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.freq_dw_conv = frequency_conv(outputs, stride)
        self.ssn = SubSpectralNorm(outputs)
        self.temp_dw_conv = time_conv(outputs, dilation)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv1x1_2 = nn.Conv2d(outputs, outputs, 1, bias=False)
        self.dropout = nn.Dropout2d(0.5)

    def forward(self, x):
        two_d = self.ssn(self.freq_dw_conv(F.relu(self.bn1(self.conv1x1_1(x)))))
        one_d = self.temp_dw_conv(two_d.mean(2, keepdim=True))
        return F.relu(two_d + self.dropout(self.conv1x1_2(F.silu(self.bn2(one_d)))))


class Broadcasted(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.freq_dw_conv = frequency_conv(channels, 1)
        self.ssn1 = SubSpectralNorm(channels)
        self.temp_dw_conv = time_conv(channels, dilation)
        self.bn = nn.BatchNorm2d(channels)
        self.conv1x1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.dropout = nn.Dropout2d(0.1)

    def forward(self, x):
        two_d = self.ssn1(self.freq_dw_conv(x))
        one_d = self.temp_dw_conv(two_d.mean(2, keepdim=True))
        return F.relu(x + two_d + self.dropout(self.conv1x1(F.silu(self.bn(one_d)))))


class BcResNetBackbone(nn.Module):
    """BC-ResNet-1 (Kim et al. 2021) without its classifier."""

    STAGES = ((8, 2, 1, 1), (12, 2, 2, 2), (16, 4, 2, 4), (20, 4, 1, 8))  # channels, blocks, stride, dilation

    def __init__(self, setting):
        super().__init__()
        self.mel_layer = MelSpectrogram(setting)
        self.conv1 = nn.Conv2d(1, 16, 5, (2, 1), 2)
        self.names = []
        inputs = 16
        for stage, (channels, blocks, stride, dilation) in enumerate(self.STAGES, 1):
            for block in range(1, blocks + 1):
                name = f"block{stage}_{block}"
                first = Transition(inputs, channels, stride, dilation)
                setattr(self, name, first if block == 1 else Broadcasted(channels, dilation))
                self.names.append(name)
            inputs = channels
        self.conv2 = nn.Conv2d(20, 20, 5, padding=(0, 2), groups=20)
        self.conv3 = nn.Conv2d(20, 32, 1, bias=False)

    def features(self, wave):
        x = self.conv1(self.mel_layer(wave)[:, None])
        for name in self.names:
            x = getattr(self, name)(x)
        return self.conv3(self.conv2(x))


class BcResNet(BcResNetBackbone):
    def __init__(self, setting):
        super().__init__(setting)
        self.conv4 = nn.Conv2d(32, CLASSES, 1, bias=False)

    def forward(self, wave):
        return self.conv4(self.features(wave).mean(3, keepdim=True)).flatten(1)


def bilstm(inputs):
    return nn.LSTM(inputs, HIDDEN, batch_first=True, bidirectional=True)


class LinearRecognizer(nn.Module):
    def __init__(self, setting):
        super().__init__()
        self.mel_layer = MelSpectrogram(setting)
        self.lstmlayer = bilstm(MELS)
        self.linearlayer = nn.Linear(2 * HIDDEN, PHONE_CLASSES)

    def forward(self, wave):
        return self.linearlayer(self.lstmlayer(self.mel_layer(wave).transpose(1, 2))[0])


class BcResNetRecognizer(BcResNetBackbone):
    def __init__(self, setting):
        super().__init__(setting)
        self.lstmlayer = bilstm(32)
        self.conv4 = nn.Conv2d(2 * HIDDEN, PHONE_CLASSES, 1, bias=False)

    def forward(self, wave):
        heard = self.lstmlayer(self.features(wave).squeeze(2).transpose(1, 2))[0]
        return self.conv4(heard.transpose(1, 2)[:, :, None]).squeeze(2).transpose(1, 2)


def phone_loss(logits, labels):
    clips, frames, _ = logits.shape
    lengths = torch.full((clips,), frames), torch.full((clips,), labels.shape[1])
    return F.ctc_loss(F.log_softmax(logits, -1).transpose(0, 1), labels, *lengths)


MODELS = {"linear": Linear, "bc_resnet": BcResNet}
RECOGNIZERS = {"linear": LinearRecognizer, "bc_resnet": BcResNetRecognizer}


def read_tensors(path):
    """Name -> tensor of a safetensors file: eight bytes of header length, a JSON header, the data."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype = {"F32": np.float32, "I32": np.int32}[entry["dtype"]]
        begin, end = entry["data_offsets"]
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], dtype).reshape(entry["shape"]).copy())
    return tensors


def load(case, setting, tensors):
    models = RECOGNIZERS if case["kind"] == "recognize" else MODELS
    model = models[case["model"]](setting)
    weights = {name: tensor for name, tensor in tensors.items() if name not in ("input", "labels")}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"the exchange file lacks {missing} and has {unexpected} besides")
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
    mel_basis = model.mel_layer.mel_basis

    def step():
        optimizer.zero_grad()
        step_loss = criterion(model(waves), labels)
        step_loss.backward()
        optimizer.step()
        if mel_basis.requires_grad:
            with torch.no_grad():
                mel_basis.clamp_(0, 1)
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
