#!/bin/sh
# Makes the sample recordings: synthetic voices, two sentences each, 16 kHz mono mu-law WAV. The page has those of slt, ked, rms and
# en-us+f3, which the bundled network tells apart in every pair; awb and en-gb, which are more alike, serve the tests.
# Needs Debian's flite, festival, festvox-kdlpc16k, espeak-ng and sox. Usage: web/samples/make_samples.sh
set -eu
cd "$(dirname "$0")"

rain='The river was high after three days of rain, so nobody crossed it.'
parcel='Please leave the parcel with my neighbour at number forty two.'

raw=$(mktemp -d)
trap 'rm -r "$raw"' EXIT

# Any rate to 16 kHz mu-law at -3 dBFS, 0.15 s of quiet at both ends; no dither, so that the bytes are repeatable.
finish() {
  sox -D "$raw/in.wav" -r 16000 -c 1 -e mu-law -b 8 "$1.wav" norm -3 pad 0.15 0.15
}

for sentence in rain parcel; do
  eval "text=\$$sentence"
  for voice in slt rms awb; do
    flite -voice "$voice" -t "$text" -o "$raw/in.wav"
    finish "flite-$voice-$sentence"
  done
  echo "(voice_ked_diphone) (utt.save.wave (utt.synth (Utterance Text \"$text\")) \"$raw/in.wav\" 'riff)" > "$raw/say.scm"
  festival -b "$raw/say.scm"
  finish "festival-ked-$sentence"
  espeak-ng -v en-gb -s 165 -w "$raw/in.wav" "$text"
  finish "espeak-en-gb-$sentence"
  espeak-ng -v en-us+f3 -s 165 -w "$raw/in.wav" "$text"
  finish "espeak-en-us-f3-$sentence"
done
