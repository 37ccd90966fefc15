#!/usr/bin/env python3
"""Times kaldi-native-fbank on 10 s of audio, one thread, and prints JSON: {"frames_per_second": ..., "version": ...}.

CPU time, as Google Benchmark counts it. The Python binding copies the samples out of a list first. That copy is measured alone, with
a frame shift so long that there are next to no frames, and taken off, so that the figure is the C++ library's.
"""
import json
import random
import time

import kaldi_native_fbank as knf

RATE, SECONDS, ROUNDS = 16000, 10, 30


def options(frame_shift_ms):
    result = knf.FbankOptions()
    result.frame_opts.dither = 0
    result.frame_opts.samp_freq = RATE
    result.frame_opts.frame_shift_ms = frame_shift_ms
    result.mel_opts.num_bins = 80
    result.mel_opts.low_freq = 20
    result.mel_opts.high_freq = 8000
    return result


def best_time(samples, frame_shift_ms):
    best, frames = float("inf"), 0
    for _ in range(ROUNDS):
        fbank = knf.OnlineFbank(options(frame_shift_ms))
        begin = time.process_time()
        fbank.accept_waveform(RATE, samples)
        best = min(best, time.process_time() - begin)
        frames = fbank.num_frames_ready
    return best, frames


def main():
    generator = random.Random(1)
    samples = [generator.uniform(-0.3, 0.3) for _ in range(RATE * SECONDS)]
    seconds, frames = best_time(samples, 10)
    copy_seconds, copy_frames = best_time(samples, 1000)
    per_frame = (seconds - copy_seconds) / (frames - copy_frames)
    print(json.dumps({"frames_per_second": 1 / per_frame, "with_copy_frames_per_second": frames / seconds,
                      "version": getattr(knf, "__version__", "unknown")}))


if __name__ == "__main__":
    main()
