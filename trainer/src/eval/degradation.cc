#include "eval/degradation.h"

#include <cstdio>

#include "error.h"

namespace voiceprint::trainer {
namespace {

// FNV-1a: the same for one name on every machine.
std::uint64_t hash_of(const std::string& name) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ull;
  return hash;
}

std::string format(const char* text, double value) {
  char out[64];
  std::snprintf(out, sizeof out, text, value);
  return out;
}

Degradation through_codec(const std::string& name, const Codec& codec) {
  Degradation degradation{name, {}};
  degradation.policy.degradation = name;
  degradation.policy.degrade = [codec](std::size_t, std::vector<float>& samples) { apply_codec(codec, samples); };
  return degradation;
}

}  // namespace

Degrader::Degrader(const std::string& noise_pack, const std::string& rir_pack) {
  if (noise_pack.empty() && rir_pack.empty()) return;
  DataConfig data;
  data.noise_pack = noise_pack, data.rir_pack = rir_pack;
  // The augmenter wants speech for babble, of which there is none here.
  noise_ = noise_pack.empty() ? std::make_unique<Pack>(rir_pack, "--rir-pack")
                              : std::make_unique<Pack>(noise_pack, "--noise-pack");
  augmenter_ = std::make_unique<Augmenter>(AugmentConfig(), data, *noise_, 1);
}

Degrader::~Degrader() = default;

std::vector<Degradation> Degrader::all(const std::vector<std::string>& names) const {
  std::vector<Degradation> all;
  for (const double seconds : {1.0, 2.0, 3.0, 5.0}) {
    Degradation& shorter = all.emplace_back(Degradation{format("%g s of speech", seconds), {}});
    shorter.policy.max_speech_s = seconds;
  }
  const auto add = [&](const std::string& name, auto draw) {
    Degradation& degradation = all.emplace_back(Degradation{name, {}});
    degradation.policy.degradation = name;
    degradation.policy.degrade = [this, &names, draw](std::size_t index, std::vector<float>& samples) {
      Random random{0x64656772, hash_of(names[index])};
      CropEffects effects;
      draw(random, effects);
      augmenter_->apply(effects, samples);
    };
  };
  const EffectChoices choices = augmenter_ ? augmenter_->choices() : EffectChoices();
  if (!choices.noises.empty()) {
    for (const double snr_db : {20.0, 10.0, 5.0, 0.0}) {
      add(format("noise, %g dB SNR", snr_db), [snr_db, noises = choices.noises](Random& random, CropEffects& effects) {
        const std::size_t recording = random.below(noises.size());
        effects.noise.emplace();
        effects.noise->kind = AddedNoise::Kind::kRecorded;
        effects.noise->snr_db = snr_db;
        effects.noise->runs = {{recording, random.below(noises[recording].num_samples)}};
      });
    }
  }
  if (choices.num_rooms > 0) {
    add("reverberation",
        [rooms = choices.num_rooms](Random& random, CropEffects& effects) { effects.room = random.below(rooms); });
  }
  Codec telephone, opus, mp3;
  telephone.family = CodecFamily::kALaw;
  opus.family = CodecFamily::kOpus, opus.bitrate_kbps = 16;
  mp3.family = CodecFamily::kMp3, mp3.bitrate_kbps = 64;
  all.push_back(through_codec("telephone band, A-law", telephone));
  all.push_back(through_codec("Opus, 16 kbit/s", opus));
  all.push_back(through_codec("MP3, 64 kbit/s", mp3));
  return all;
}

}  // namespace voiceprint::trainer
