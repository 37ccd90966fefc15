#!/usr/bin/env python3
"""Makes the golden files of fbank_parity_test.cc with kaldi-native-fbank.

    pip install kaldi-native-fbank==1.22.3 soundfile numpy
    python3 tests/parity/make_golden.py

Writes tests/data/fbank_<name>.bin, float32 [frames][bins] of the first second of each case, and fbank_golden.json, which says
how each was made. Samples are in [-1, 1].
"""
import importlib.metadata
import json
import pathlib

import kaldi_native_fbank as knf
import numpy as np
import soundfile

DATA = pathlib.Path(__file__).parent.parent / "data"
CASES = {
    "default": dict(source="speech_flite.wav", begin=4000, num_mel_bins=80, low=20, high=8000, length=25, shift=10, preemphasis=0.97),
    "quiet": dict(source="speech_espeak.wav", begin=0, num_mel_bins=80, low=20, high=8000, length=25, shift=10, preemphasis=0.97),
    "narrow": dict(source="speech_telephone.wav", begin=4000, num_mel_bins=40, low=60, high=3700, length=20, shift=8, preemphasis=0.9),
}


def main():
    described = {"tool": "kaldi-native-fbank " + importlib.metadata.version("kaldi-native-fbank"),
                 "command": "python3 tests/parity/make_golden.py", "cases": {}}
    for name, case in CASES.items():
        samples, rate = soundfile.read(DATA / case["source"], dtype="float32")
        samples = samples[case["begin"]:case["begin"] + rate]
        options = knf.FbankOptions()
        options.frame_opts.dither = 0
        options.frame_opts.samp_freq = rate
        options.frame_opts.snip_edges = True
        options.frame_opts.window_type = "povey"
        options.frame_opts.frame_length_ms = case["length"]
        options.frame_opts.frame_shift_ms = case["shift"]
        options.frame_opts.preemph_coeff = case["preemphasis"]
        options.mel_opts.num_bins = case["num_mel_bins"]
        options.mel_opts.low_freq = case["low"]
        options.mel_opts.high_freq = case["high"]
        options.use_energy = False
        fbank = knf.OnlineFbank(options)
        fbank.accept_waveform(rate, samples.tolist())
        fbank.input_finished()
        features = np.stack([fbank.get_frame(t) for t in range(fbank.num_frames_ready)])
        features.astype("<f4").tofile(DATA / f"fbank_{name}.bin")
        described["cases"][name] = dict(case, sample_rate=rate, frames=len(features))
    (DATA / "fbank_golden.json").write_text(json.dumps(described, indent=2) + "\n")


if __name__ == "__main__":
    main()
