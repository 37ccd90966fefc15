// What a pack holds, in figures, for its stats.json.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/pack.h"

namespace voiceprint::trainer {

// records, hours, speakers; least, median, mean and most seconds per record, records and seconds per speaker; speakers
// with a single record; records, hours and speakers of each group. Works on Pack and PackWriter.
nlohmann::json pack_stats(std::span<const PackRecord> records, std::size_t num_speakers,
                          const std::vector<std::string>& groups, std::int32_t sample_rate_hz);

}  // namespace voiceprint::trainer
