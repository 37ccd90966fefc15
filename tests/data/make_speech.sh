#!/bin/sh
# Makes the speech samples of this folder: synthetic voices, so that they are free of anyone's rights.
# Last run with flite 2.2, espeak-ng 1.51 and sox 14.4.2 (Debian 12). Other versions give other samples; the tests do not
# depend on the exact ones.
set -eu
cd "$(dirname "$0")"
text="The north wind and the sun were disputing which was the stronger."
flite -voice slt -t "$text" -o flite.tmp.wav
espeak-ng -v en-us -w espeak.tmp.wav "$text"
sox -D flite.tmp.wav -r 16000 -b 16 -c 1 speech_flite.wav
sox -D espeak.tmp.wav -r 16000 -b 16 -c 1 speech_espeak.wav
sox -D flite.tmp.wav -r 8000 -e a-law -c 1 speech_telephone.wav sinc 300-3400
rm -f flite.tmp.wav espeak.tmp.wav
