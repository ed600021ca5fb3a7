#include "client/flags/model_flags.h"

namespace ebm::client {

void AddModelFlags(CLI::App& command, ModelSelector& model) {
  command.add_option("--model", model.name, "The model's name (default: the server's only model)")
      ->type_name("NAME")
      ->default_str("");
  auto* const version = command
                            .add_option("--model_version", model.version,
                                        "The model's version (default: the one labelled stable, or else the newest)")
                            ->type_name("VERSION")
                            ->default_str("");
  command.add_option("--label", model.label, "The version that has this label, such as canary")
      ->type_name("LABEL")
      ->default_str("")
      ->excludes(version);
}

}  // namespace ebm::client
