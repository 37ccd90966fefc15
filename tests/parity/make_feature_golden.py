#!/usr/bin/env python3
"""Makes the golden files of features_parity_test.cc: torchaudio's Spectrogram, MelSpectrogram and MFCC, in float64.

    pip install torch==2.13.0 numpy==2.4.6
    python3 tests/parity/make_feature_golden.py

The Fourier transforms are torch.stft's, called as torchaudio.functional.spectrogram calls it (center, reflect, periodic
Hann window, onesided, power 2); the rest follows the formulas of torchaudio.functional melscale_fbanks (HTK, no norm),
amplitude_to_DB (power, amin 1e-10, top_db 80) and create_dct (norm "ortho").

Writes tests/data/features_<name>.bin, float32 [frames][bins], and features_golden.json, which says how each was made. Samples are
in [-1, 1].
"""
import json
import pathlib
import wave

import numpy as np
import torch

DATA = pathlib.Path(__file__).parent.parent / "data"
DEFAULT = dict(source="speech_flite.wav", begin=4000, count=8000, n_fft=400, hop=200, n_mels=128, f_min=0, f_max=8000, n_mfcc=40)
NARROW = dict(source="speech_espeak.wav", begin=4000, count=4000, n_fft=320, hop=128, n_mels=40, f_min=60, f_max=3700, n_mfcc=20)
CASES = {
    "spectrogram": dict(DEFAULT, kind="spectrogram"),
    "mel_spectrogram": dict(DEFAULT, kind="mel_spectrogram"),
    "mfcc": dict(DEFAULT, kind="mfcc"),
    "mfcc_narrow": dict(NARROW, kind="mfcc"),
}


def melscale_fbanks(n_freqs, f_min, f_max, n_mels, rate):
    frequencies = np.linspace(0, rate // 2, n_freqs)
    to_mel = lambda hz: 2595 * np.log10(1 + hz / 700)
    points = 700 * (10 ** (np.linspace(to_mel(f_min), to_mel(f_max), n_mels + 2) / 2595) - 1)
    slopes = points[None, :] - frequencies[:, None]
    down = -slopes[:, :-2] / np.diff(points)[:-1]
    up = slopes[:, 2:] / np.diff(points)[1:]
    return np.maximum(0, np.minimum(down, up))


def create_dct(n_mfcc, n_mels):
    cosines = np.cos(np.pi / n_mels * (np.arange(n_mels) + 0.5) * np.arange(n_mfcc)[:, None])
    cosines[0] /= np.sqrt(2)
    return cosines.T * np.sqrt(2 / n_mels)


def features_of(samples, rate, case):
    window = torch.hann_window(case["n_fft"], periodic=True, dtype=torch.float64)
    spectrum = torch.stft(torch.from_numpy(samples), case["n_fft"], case["hop"], case["n_fft"], window, center=True,
                          pad_mode="reflect", normalized=False, onesided=True, return_complex=True)
    power = spectrum.abs().pow(2).numpy().T
    if case["kind"] == "spectrogram":
        return power
    mel = power @ melscale_fbanks(power.shape[1], case["f_min"], case["f_max"], case["n_mels"], rate)
    if case["kind"] == "mel_spectrogram":
        return mel
    decibel = 10 * np.log10(np.maximum(mel, 1e-10))
    return np.maximum(decibel, decibel.max() - 80) @ create_dct(case["n_mfcc"], case["n_mels"])


def main():
    described = {"tool": f"torch {torch.__version__}, numpy {np.__version__}",
                 "command": "python3 tests/parity/make_feature_golden.py", "cases": {}}
    for name, case in CASES.items():
        with wave.open(str(DATA / case["source"])) as file:
            rate = file.getframerate()
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        samples = pcm[case["begin"]:case["begin"] + case["count"]] / 32768
        features = features_of(samples, rate, case)
        features.astype("<f4").tofile(DATA / f"features_{name}.bin")
        described["cases"][name] = dict(case, sample_rate=rate, frames=len(features), bins=features.shape[1])
    (DATA / "features_golden.json").write_text(json.dumps(described, indent=2) + "\n")


if __name__ == "__main__":
    main()
