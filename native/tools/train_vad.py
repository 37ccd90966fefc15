#!/usr/bin/env python3
"""Trains the speech-likeness network and writes native/src/speech_likeness_weights.h.

    train_vad.py --speech ../shared/speech --features build/release/native/tools/voiceprint-vad-features

Speech: utterances of the training split and synthetic voices, alone, in noise at 0 to 20 dB SNR, and some band-limited to
300-3400 Hz. Other sound: the environmental clips and synthetic noise, hum, tones, clicks and gusts. Baby cries and sneezes are voices and are left out.
A frame of speech counts when its clean version stands 9 dB above the noise floor, a frame of other sound when it does itself.
Needs numpy, scipy, soundfile, torch, flite and espeak-ng; takes about two minutes. Deterministic for a given seed and torch version.
"""
import argparse
import pathlib
import subprocess
import tempfile
import threading

import numpy as np
import scipy.signal
import soundfile
import torch

RATE, HOP, MARGIN_DB, HIDDEN, SEED = 16000, 160, 9.0, 8, 1
VOICES = ("baby-cry", "person-sneeze")


def synthetic(kind, count, rng):
    white = rng.standard_normal(count)
    time = np.arange(count) / RATE
    spectrum = np.fft.rfft(white)
    order = np.maximum(np.arange(len(spectrum)), 1)
    if kind == "pink":
        x = np.fft.irfft(spectrum / np.sqrt(order), count)
    elif kind == "brown":
        x = np.fft.irfft(spectrum / order, count)
    elif kind == "hum":
        f0 = rng.choice([50, 60, 100, 120])
        x = 0.01 * white + sum(
            rng.uniform(0.1, 1) * np.sin(2 * np.pi * f0 * k * time + rng.uniform(0, 6)) for k in range(1, 8))
    elif kind == "tone":
        x = np.sin(2 * np.pi * rng.uniform(100, 3000) * time)
        x = x * (np.sin(2 * np.pi * rng.uniform(0.3, 3) * time) > 0) + 0.001 * white
    elif kind == "clicks":
        x = 0.003 * white
        for at in rng.integers(0, count - 200, rng.integers(3, 30)):
            x[at:at + 200] += np.exp(-np.arange(200) / 20) * rng.standard_normal(200)
    elif kind == "gusts":
        x = white * np.interp(np.arange(count), np.linspace(0, count, 20), np.exp(1.5 * rng.standard_normal(20)))
        if rng.random() < 0.5:
            x = scipy.signal.lfilter([1], [1, -0.97], x)
    else:
        x = white
    return (x / np.abs(x).max() * 10 ** rng.uniform(-2, -0.05)).astype(np.float32)


SENTENCES = (
    "The birch canoe slid on the smooth planks.", "Glue the sheet to the dark blue background.",
    "It is easy to tell the depth of a well.", "These days a chicken leg is a rare dish.",
    "Rice is often served in round bowls.", "The juice of lemons makes fine punch.")  # Harvard sentences, list 1


def synthetic_voices():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "voice.wav"
        for text in SENTENCES:
            commands = [["flite", "-voice", voice, "-t", text, "-o", path] for voice in ("slt", "rms", "awb", "kal")]
            commands += [["espeak-ng", "-v", voice, "-w", path, text] for voice in ("en-us", "en-gb", "en-us+f3", "en-us+m4")]
            for command in commands:
                subprocess.run(command, check=True)
                samples, rate = soundfile.read(path, dtype="float32")
                yield scipy.signal.resample_poly(samples, RATE, rate).astype(np.float32)


def read(path):
    return soundfile.read(path, dtype="float32")[0]


def make_clips(speech, rng):
    """Yields (weight, samples, clean speech or None)."""
    noises = [p for split in ("train", "dev") for p in sorted((speech / "noise" / split).glob("*.opus"))
              if not p.name.startswith(VOICES)]
    for path in noises:
        yield 1.0, read(path), None
    for kind in ("white", "pink", "brown", "hum", "tone", "clicks", "gusts"):
        for _ in range(12):
            yield 1.0, synthetic(kind, RATE * int(rng.integers(1, 8)), rng), None
    utterances = sorted((speech / "train").glob("*/*/*.opus"))
    band = scipy.signal.butter(8, [300, 3400], "band", fs=RATE, output="sos")
    # Words of one second, often noisy, are the hardest: they count more.
    chosen = [(4.0 if "speech-commands" in str(utterances[at]) else 1.0, read(utterances[at]))
              for at in rng.permutation(len(utterances))[:1200]]
    chosen += [(2.0, voice) for voice in synthetic_voices()]
    for index, (weight, clean) in enumerate(chosen):
        yield weight, clean, clean
        if index % 5 == 0:
            yield 1.0, scipy.signal.sosfilt(band, clean).astype(np.float32), clean
        if rng.random() < 0.6:
            noise = read(noises[rng.integers(len(noises))])
        else:
            noise = synthetic(rng.choice(["white", "pink", "brown", "gusts"]), len(clean), rng)
        noise = np.resize(noise, len(clean))
        signal_power, noise_power = np.mean(clean**2), np.mean(noise**2)
        if signal_power > 0 and noise_power > 0:
            mixed = clean + noise * np.sqrt(signal_power / noise_power / 10 ** (rng.uniform(0, 20) / 10))
            scale = min(1.0, 0.9 / np.abs(mixed).max())
            yield 2.0, (mixed * scale).astype(np.float32), (clean * scale).astype(np.float32)


def features_of(clips, tool):
    with subprocess.Popen([tool], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        def feed():
            for clip in clips:
                process.stdin.write(np.uint32(len(clip)).tobytes())
                process.stdin.write(np.ascontiguousarray(clip, np.float32).tobytes())
            process.stdin.close()
        thread = threading.Thread(target=feed)
        thread.start()
        rows = np.frombuffer(process.stdout.read(), np.float32).reshape(-1, 27)
        thread.join()
    ends = np.cumsum([(len(clip) + HOP - 1) // HOP for clip in clips])
    return np.split(rows, ends[:-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=pathlib.Path, required=True)
    parser.add_argument("--features", required=True, help="the voiceprint-vad-features program")
    parser.add_argument("--out", type=pathlib.Path,
                        default=pathlib.Path(__file__).parent.parent / "src" / "speech_likeness_weights.h")
    options = parser.parse_args()
    rng = np.random.default_rng(SEED)
    torch.manual_seed(SEED)

    clips = list(make_clips(options.speech, rng))
    seen = features_of([samples for _, samples, _ in clips], options.features)
    clean = features_of([c if c is not None else np.zeros(len(s), np.float32) for _, s, c in clips], options.features)
    inputs, labels, weights = [], [], []
    for (weight, _, speech), frames, reference in zip(clips, seen, clean):
        use = frames[:, 1] >= MARGIN_DB
        is_speech = reference[:, 1] >= MARGIN_DB
        if speech is not None:
            use &= is_speech | (reference[:, 1] < 3)
        inputs.append(frames[use, 2:])
        labels.append(is_speech[use] if speech is not None else np.zeros(use.sum(), bool))
        weights.append(np.full(use.sum(), weight * max(1.0, float(use.sum())) ** -0.7))
    x, y, w = np.concatenate(inputs), np.concatenate(labels), np.concatenate(weights)
    w = np.where(y, 1 / w[y].sum(), 1 / w[~y].sum()) * w
    w /= w.mean()
    mean, deviation = x.mean(0), x.std(0) + 1e-6

    net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, 1))
    inputs, labels, weights = (torch.tensor(a, dtype=torch.float32) for a in ((x - mean) / deviation, y, w))
    rate, epochs = 1e-2, 15
    optimiser = torch.optim.AdamW(net.parameters(), rate, weight_decay=0.1)
    for epoch in range(epochs):
        optimiser.param_groups[0]["lr"] = rate * (1 - epoch / epochs)
        for rows in torch.randperm(len(inputs)).split(4096):
            noisy = inputs[rows] + 0.3 * torch.randn(len(rows), inputs.shape[1])  # against learning clips by heart
            loss = torch.nn.functional.binary_cross_entropy_with_logits(net(noisy)[:, 0], labels[rows], weights[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

    first, second = (layer.weight.detach().double().numpy() for layer in (net[0], net[2]))
    first_bias, second_bias = (layer.bias.detach().double().numpy() for layer in (net[0], net[2]))
    first_bias = first_bias - (first / deviation * mean).sum(1)  # the inputs' scaling is folded in
    first = first / deviation

    def row(values):
        return "{" + ", ".join(f"{v:.5g}f" if "." in f"{v:.5g}" or "e" in f"{v:.5g}" else f"{v:.5g}.0f"
                               for v in values) + "}"
    lines = ["// Weights of the speech-likeness network. Written by native/tools/train_vad.py; do not edit.",
             "#pragma once", "", "#include <cstddef>", "", "namespace voiceprint {", "",
             f"constexpr std::size_t kLikenessHidden = {HIDDEN};",
             f"constexpr float kLikenessInput[{HIDDEN}][{x.shape[1]}] = {{"]
    lines += ["    " + row(r) + "," for r in first]
    lines += ["};", f"constexpr float kLikenessHiddenBias[{HIDDEN}] = {row(first_bias)};",
              f"constexpr float kLikenessOutput[{HIDDEN}] = {row(second[0])};",
              f"constexpr float kLikenessBias = {row(second_bias)[1:-1]};", "", "}  // namespace voiceprint", ""]
    options.out.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
