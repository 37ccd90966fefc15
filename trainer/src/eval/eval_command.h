// The subcommands `eval` and `report` of the program `trainer`.
#pragma once

#include <CLI/CLI.hpp>

namespace voiceprint::trainer {

void add_eval_command(CLI::App& app);
void add_report_command(CLI::App& app);

}  // namespace voiceprint::trainer
