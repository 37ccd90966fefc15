#include "data/device_crops.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace voiceprint::trainer {
namespace {

// The one noise that the device adds, or null.
const AddedNoise* device_noise(const SplitEffects& effects) {
  return effects.device.noise ? &*effects.device.noise : effects.device.babble ? &*effects.device.babble : nullptr;
}

bool is_recorded(const AddedNoise& noise) {
  return noise.kind == AddedNoise::Kind::kRecorded;
}

}  // namespace

SplitEffects split_effects(const CropEffects& effects) {
  SplitEffects split;
  CropEffects &host = split.host, &device = split.device;
  device = effects;
  // Each step hands the effects up to and including one that only the host can do over to the host.
  const auto hand_over = [&](auto... fields) {
    const CropEffects none;
    ((host.*fields = effects.*fields, device.*fields = none.*fields), ...);
  };
  using E = CropEffects;
  if (effects.shift != 0) hand_over(&E::shift);
  if (effects.equaliser) hand_over(&E::shift, &E::room, &E::device, &E::equaliser);
  if (effects.noise && effects.babble) hand_over(&E::shift, &E::room, &E::device, &E::equaliser, &E::noise);
  if (effects.clipped_share > 0 || effects.codec)
    hand_over(&E::shift, &E::room, &E::device, &E::equaliser, &E::noise, &E::babble, &E::gain_db, &E::clipped_share,
              &E::codec);
  return split;
}

std::vector<float> read_crop(const CropPlan& crop, const Pack& speech, std::size_t num_samples) {
  std::vector<float> samples;
  for (const Segment& segment : crop.speech) {
    const auto pcm = speech.samples(speech.records()[segment.recording]).subspan(segment.begin, segment.count);
    for (const std::int16_t x : pcm) samples.push_back(static_cast<float>(x) / 32768.0f);
  }
  return change_speed(std::move(samples), crop.speed, num_samples);
}

DeviceCrops::DeviceCrops(std::span<const CropPlan> crops, std::size_t num_samples, const Pack& speech,
                         const Augmenter& augmenter)
    : crops_(crops),
      num_samples_(num_samples),
      speech_(speech),
      augmenter_(augmenter),
      num_rooms_(static_cast<std::int32_t>(augmenter.choices().num_rooms)),
      num_responses_(num_rooms_ + static_cast<std::int32_t>(augmenter.choices().num_devices)) {
  const auto take = [&](std::int64_t values, bool is_float) {
    const std::int64_t offset = pcm_samples_, taken = samples_taken(values, is_float);
    pcm_samples_ += taken + taken % 2;  // the next offset is even again
    return offset;
  };
  for (const CropPlan& crop : crops) {
    const SplitEffects& split = effects_.emplace_back(split_effects(crop.effects));
    const CropEffects &host = split.host, &device = split.device;
    CropParameters& p = parameters_.emplace_back();
    p.speech_samples = static_cast<std::int32_t>(num_samples);
    p.speech_is_float = crop.speed != 0 || host.shift != 0 || host.room || host.device || host.equaliser ||
                        host.noise || host.babble || host.gain_db != 0 || host.clipped_share > 0 || host.codec;
    p.speech_offset = take(p.speech_samples, p.speech_is_float != 0);
    if (device.room) p.room = static_cast<std::int32_t>(*device.room);
    if (device.device) p.device = num_rooms_ + static_cast<std::int32_t>(*device.device);
    if (const AddedNoise* noise = device_noise(split)) {
      const std::size_t run =
          is_recorded(*noise) ? std::min(num_samples, augmenter.recording(noise->runs.front()).size()) : num_samples;
      p.noise_samples = static_cast<std::int32_t>(run);
      p.noise_is_float = !is_recorded(*noise);
      p.noise_offset = take(p.noise_samples, p.noise_is_float != 0);
      p.noise_ratio = static_cast<float>(std::pow(10.0, -noise->snr_db / 10));
    }
    p.gain = static_cast<float>(std::pow(10.0, device.gain_db / 20));
    p.frame_masks = static_cast<std::int32_t>(device.masked_frames.size());
    p.bin_masks = static_cast<std::int32_t>(device.masked_bins.size());
    p.mask_offset = take((p.frame_masks + p.bin_masks) * kSamplesPerMask, false);
  }
}

std::size_t DeviceCrops::num_bytes() const {
  return parameters_.size() * sizeof(CropParameters) + static_cast<std::size_t>(pcm_samples_) * sizeof(std::int16_t);
}

void DeviceCrops::write(std::span<unsigned char> target) const {
  check_crop_parameters(parameters_, static_cast<std::int32_t>(num_samples_), pcm_samples_, num_responses_);
  std::memcpy(target.data(), parameters_.data(), parameters_.size() * sizeof(CropParameters));
  auto* const pcm = reinterpret_cast<std::int16_t*>(target.data() + parameters_.size() * sizeof(CropParameters));
  for (std::size_t row = 0; row < crops_.size(); ++row) {
    const CropParameters& p = parameters_[row];
    write_speech(row, pcm + p.speech_offset);
    if (p.noise_samples > 0) write_noise(row, pcm + p.noise_offset);
    std::int16_t* place = pcm + p.mask_offset;
    for (const auto* masks : {&effects_[row].device.masked_frames, &effects_[row].device.masked_bins}) {
      for (const Mask& mask : *masks) {
        const CropMask packed{static_cast<std::int32_t>(mask.first), static_cast<std::int32_t>(mask.width)};
        std::memcpy(place, &packed, sizeof packed);
        place += kSamplesPerMask;
      }
    }
  }
}

void DeviceCrops::write_speech(std::size_t row, std::int16_t* target) const {
  const CropPlan& crop = crops_[row];
  if (parameters_[row].speech_is_float != 0) {
    std::vector<float> samples = read_crop(crop, speech_, num_samples_);
    augmenter_.apply_uncut(effects_[row].host, samples);
    std::memcpy(target, samples.data(), samples.size() * sizeof(float));
    return;
  }
  std::size_t done = 0;
  for (const Segment& segment : crop.speech) {
    const auto pcm = speech_.samples(speech_.records()[segment.recording])
                         .subspan(segment.begin, std::min<std::size_t>(segment.count, num_samples_ - done));
    std::copy(pcm.begin(), pcm.end(), target + done);
    done += pcm.size();
  }
  std::fill(target + done, target + num_samples_, std::int16_t{0});
}

void DeviceCrops::write_noise(std::size_t row, std::int16_t* target) const {
  const AddedNoise& noise = *device_noise(effects_[row]);
  const auto count = static_cast<std::size_t>(parameters_[row].noise_samples);
  if (is_recorded(noise)) {  // from its start on, joined to its beginning: so it repeats as a whole
    const auto recording = augmenter_.recording(noise.runs.front());
    const auto first = recording.subspan(noise.runs.front().start);
    const auto end = std::copy_n(first.begin(), std::min(first.size(), count), target);
    std::copy_n(recording.begin(), target + count - end, end);
  } else {
    const std::vector<float> samples = augmenter_.make_noise(noise, count);
    std::memcpy(target, samples.data(), samples.size() * sizeof(float));
  }
}

}  // namespace voiceprint::trainer
