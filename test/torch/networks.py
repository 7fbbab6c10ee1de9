"""The paper's networks in plain PyTorch, from its description, with the names of the original modules.

The front-ends are computed as nnAudio and fastaudio do it: two conv1d with the hop as stride on the reflect-padded wave,
then Mel filters or bands and a logarithm, in every forward pass.
"""
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

N_FFT, HOP, BINS, FRAMES, CLASSES = 480, 160, 241, 101, 12
PHONE_CLASSES, HIDDEN = 62, 32
RATE = 16000


class Stft(nn.Module):
    """Magnitude [B, bins, T]."""

    def __init__(self, trainable):
        super().__init__()
        self.trainable = trainable
        n = np.arange(N_FFT)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * n / N_FFT)
        angle = 2 * np.pi * np.outer(np.arange(BINS), n) / N_FFT
        kernel = lambda values: nn.Parameter(torch.tensor(values[:, None, :], dtype=torch.float32), trainable)
        self.wsin = kernel(np.sin(angle) * window)
        self.wcos = kernel(np.cos(angle) * window)

    def forward(self, wave):
        padded = F.pad(wave[:, None, :], (N_FFT // 2, N_FFT // 2), mode="reflect")
        imaginary = F.conv1d(padded, self.wsin, stride=HOP)
        real = F.conv1d(padded, self.wcos, stride=HOP)
        power = real.pow(2) + imaginary.pow(2)
        return torch.sqrt(power + 1e-8 if self.trainable else power)


def slaney_filters(mels):
    """Slaney's scale, linear to 1 kHz and logarithmic above; each filter divided by half its width in Hz."""
    step, log_step = 200 / 3, np.log(6.4) / 27
    to_hz = lambda mel: np.where(mel < 15, step * mel, 1000 * np.exp(log_step * (mel - 15)))
    highest = 15 + np.log(RATE / 2 / 1000) / log_step
    corners = to_hz(np.linspace(0, highest, mels + 2))
    bins = np.linspace(0, RATE / 2, BINS)
    rising = (bins - corners[:-2, None]) / np.diff(corners)[:-1, None]
    falling = (corners[2:, None] - bins) / np.diff(corners)[1:, None]
    filters = np.maximum(0, np.minimum(rising, falling))
    return filters * (2 / (corners[2:] - corners[:-2]))[:, None]


class MelSpectrogram(nn.Module):
    """nnAudio: natural logs of Mel energies [B, mels, T]. With `normalise`, each band has mean 0 and variance 1."""

    def __init__(self, setting, mels=40, normalise=False):
        super().__init__()
        self.stft = Stft(setting in "CD")
        filters = torch.tensor(slaney_filters(mels), dtype=torch.float32)
        self.mel_basis = nn.Parameter(filters, setting in "BD")
        self.norm = nn.BatchNorm1d(mels, affine=False) if normalise else nn.Identity()

    def log_mel(self, wave):
        return torch.log(torch.matmul(self.mel_basis, self.stft(wave) ** 2) + 1e-10)

    def forward(self, wave):
        return self.norm(self.log_mel(wave))


class BandFilters(nn.Module):
    """fastaudio: magnitude [B, bins, T] to decibels [B, mels, T], at most 80 dB below the loudest of the clip.

    The original takes the loudest of the whole batch: `top_db_of="batch"`.
    """

    def __init__(self, trainable, mels=40, top_db_of="clip"):
        super().__init__()
        self.top_db_of = top_db_of
        to_mel = lambda hz: 2595 * np.log10(1 + hz / 700)
        corners = 700 * (10 ** (np.linspace(0, to_mel(RATE / 2), mels + 2) / 2595) - 1)
        parameter = lambda hz: nn.Parameter(torch.tensor(hz / RATE, dtype=torch.float32), trainable)
        self.f_central = parameter(corners[1:-1])
        self.band = parameter(np.diff(corners)[:-1])

    def forward(self, magnitude):
        centre = self.f_central.clamp(0, 0.5)[:, None]
        band = self.band.clamp(3.1 / RATE, 603.7 / RATE)[:, None]
        slope = (torch.linspace(0, 0.5, BINS, dtype=centre.dtype) - centre) / band
        filters = torch.clamp(1 - slope.abs(), min=0)
        decibels = 10 * torch.log10(torch.clamp(torch.matmul(filters, magnitude), min=1e-10))
        loudest = decibels.max() if self.top_db_of == "batch" else decibels.amax((1, 2), keepdim=True)
        return torch.maximum(decibels, loudest - 80)


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
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout2d(0.5)

    def forward(self, x):
        two_d = self.ssn(self.freq_dw_conv(self.relu(self.bn1(self.conv1x1_1(x)))))
        one_d = self.temp_dw_conv(two_d.mean(2, keepdim=True))
        return self.relu(two_d + self.dropout(self.conv1x1_2(F.silu(self.bn2(one_d)))))


class Broadcasted(nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.freq_dw_conv = frequency_conv(channels, 1)
        self.ssn1 = SubSpectralNorm(channels)
        self.temp_dw_conv = time_conv(channels, dilation)
        self.bn = nn.BatchNorm2d(channels)
        self.conv1x1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.relu = nn.ReLU()
        self.dropout = nn.Dropout2d(0.1)

    def forward(self, x):
        two_d = self.ssn1(self.freq_dw_conv(x))
        one_d = self.temp_dw_conv(two_d.mean(2, keepdim=True))
        return self.relu(x + two_d + self.dropout(self.conv1x1(F.silu(self.bn(one_d)))))


class Network(nn.Module):
    """What both models begin with, under the names of the original's. Theirs is `head`, from features to logits."""

    def __init__(self, setting, frontend="nnaudio", mels=40, normalise=False):
        super().__init__()
        self.frontend = frontend
        if frontend == "nnaudio":
            self.mel_layer = MelSpectrogram(setting, mels, normalise)
        else:
            self.mel_layer = Stft(setting in "CD")
            self.fastaudio_filter = BandFilters(setting in "BD", mels)

    def forward(self, wave):
        features = self.mel_layer(wave)
        return self.head(features if self.frontend == "nnaudio" else self.fastaudio_filter(features))

    def project(self):
        """After each step: Mel weights stay within [0, 1]."""
        if self.frontend == "nnaudio" and self.mel_layer.mel_basis.requires_grad:
            with torch.no_grad():
                self.mel_layer.mel_basis.clamp_(0, 1)


class Linear(Network):
    """The paper's Simple model."""

    def __init__(self, setting, frontend="nnaudio", mels=40, normalise=False, classes=CLASSES):
        super().__init__(setting, frontend, mels, normalise)
        self.linearlayer = nn.Linear(mels * FRAMES, classes)

    def head(self, features):
        return self.linearlayer(features.flatten(1))


class BcResNetBackbone(Network):
    """BC-ResNet-1 (Kim et al. 2021) for 40 bands, without its classifier."""

    STAGES = ((8, 2, 1, 1), (12, 2, 2, 2), (16, 4, 2, 4), (20, 4, 1, 8))  # channels, blocks, stride, dilation

    def __init__(self, setting, frontend="nnaudio", normalise=False):
        super().__init__(setting, frontend, normalise=normalise)
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

    def convolve(self, features):
        x = self.conv1(features[:, None])
        for name in self.names:
            x = getattr(self, name)(x)
        return self.conv3(self.conv2(x))


class BcResNet(BcResNetBackbone):
    def __init__(self, setting, frontend="nnaudio", normalise=False, classes=CLASSES):
        super().__init__(setting, frontend, normalise)
        self.conv4 = nn.Conv2d(32, classes, 1, bias=False)

    def head(self, features):
        return self.conv4(self.convolve(features).mean(3, keepdim=True)).flatten(1)


def bilstm(inputs):
    return nn.LSTM(inputs, HIDDEN, batch_first=True, bidirectional=True)


class LinearRecognizer(Network):
    def __init__(self, setting):
        super().__init__(setting)
        self.lstmlayer = bilstm(40)
        self.linearlayer = nn.Linear(2 * HIDDEN, PHONE_CLASSES)

    def head(self, features):
        return self.linearlayer(self.lstmlayer(features.transpose(1, 2))[0])


class BcResNetRecognizer(BcResNetBackbone):
    def __init__(self, setting):
        super().__init__(setting)
        self.lstmlayer = bilstm(32)
        self.conv4 = nn.Conv2d(2 * HIDDEN, PHONE_CLASSES, 1, bias=False)

    def head(self, features):
        heard = self.lstmlayer(self.convolve(features).squeeze(2).transpose(1, 2))[0]
        return self.conv4(heard.transpose(1, 2)[:, :, None]).squeeze(2).transpose(1, 2)


RECOGNIZERS = {"linear": LinearRecognizer, "bc_resnet": BcResNetRecognizer}
MODELS = {"linear": Linear, "bc_resnet": BcResNet}


def load_weights(model, tensors):
    """Fails unless the tensors are the model's, but for counts of batches."""
    missing, unexpected = model.load_state_dict(tensors, strict=False)
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"the file lacks {missing} and has {unexpected} besides")
