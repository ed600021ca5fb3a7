#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/cli/commands.h"
#include "client/cli/connection_flags.h"
#include "client/cli/interrupt.h"
#include "client/cli/json_output.h"
#include "client/cli/model_listing.h"
#include "client/flags/flag_checks.h"
#include "client/flags/model_flags.h"
#include "client/retry.h"
#include "model/core/status_macros.h"

namespace ebm::client {
namespace {

struct ModelsFlags {
  ConnectionFlags connection;
  double interval_seconds = 1;
  bool until_ready = false;

  bool json() const { return connection.format == OutputFormat::kJson; }
};

absl::Status List(const ModelsFlags& flags, const Client& client, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const std::vector<ModelDescription> models, client.ListModels());
  for (size_t i = 0; i < models.size(); ++i) {
    if (flags.json()) {
      console.out << ModelJson(models[i]) << "\n";
    } else {
      console.out << (i > 0 ? "\n" : "") << Describe(models[i]).Text();
    }
  }
  return absl::OkStatus();
}

absl::Status DescribeOne(const ModelsFlags& flags, const Client& client, const Console& console) {
  EBM_ASSIGN_OR_RETURN(const ModelReport report, client.ReportModel(flags.connection.model));
  if (flags.json()) {
    const auto append = [](std::string* out, const ModelVersion& version) { out->append(VersionJson(version)); };
    console.out << "{\"model\":" << (report.model ? ModelJson(*report.model) : "null") << ",\"versions\":["
                << absl::StrJoin(report.versions, ",", append) << "]}\n";
    return absl::OkStatus();
  }
  if (report.model) console.out << Describe(*report.model).Text() << (report.versions.empty() ? "" : "\n");
  for (const ModelVersion& version : report.versions) console.out << VersionText(version) << "\n";
  return absl::OkStatus();
}

absl::Status Load(const ModelsFlags& flags, const Client& client, const Console& console) {
  const ModelSelector& model = flags.connection.model;
  EBM_ASSIGN_OR_RETURN(const ModelDescription loaded, client.LoadModel(model.name, model.version));
  if (flags.json()) {
    console.out << ModelJson(loaded) << "\n";
  } else {
    console.out << loaded.identity.name << " " << loaded.identity.version << " is loaded\n";
  }
  return absl::OkStatus();
}

absl::Status Unload(const ModelsFlags& flags, const Client& client, const Console& console) {
  const ModelSelector& model = flags.connection.model;
  EBM_RETURN_IF_ERROR(client.UnloadModel(model.name, model.version));
  if (!flags.json()) {
    console.out << model.name << (model.version.empty() ? "" : " ") << model.version << " is unloaded\n";
  }
  return absl::OkStatus();
}

bool IsSelected(const ModelVersion& version, const ModelSelector& model) {
  return (model.name.empty() || model.name == version.identity.name) &&
         (model.version.empty() || model.version == version.identity.version) &&
         (model.label.empty() || std::ranges::count(version.labels, model.label) > 0);
}

// The versions as they were last shown, by name and number.
using Shown = std::map<std::pair<std::string, std::string>, ModelVersion>;

// Shows what has changed, versions that are gone included.
void ShowChanges(const std::vector<ModelVersion>& versions, const ModelsFlags& flags, const Console& console,
                 Shown& shown) {
  Shown now;
  for (const ModelVersion& version : versions) {
    if (!IsSelected(version, flags.connection.model)) continue;
    const auto key = std::pair(version.identity.name, version.identity.version);
    now[key] = version;
    const auto before = shown.find(key);
    if (before != shown.end() && before->second == version) continue;
    console.out << (flags.json() ? VersionJson(version) : VersionText(version)) << "\n";
  }
  for (const auto& [key, version] : shown) {
    if (now.contains(key)) continue;
    if (!flags.json()) console.out << key.first << " " << key.second << ": gone\n";
  }
  console.out << std::flush;
  shown = std::move(now);
}

// OK: go on. For --until_ready, whether some version is ready, or all have failed.
absl::StatusOr<bool> IsReady(const Shown& shown) {
  const auto is = [](ModelState state) { return [state](const auto& entry) { return entry.second.state == state; }; };
  if (std::ranges::any_of(shown, is(ModelState::kReady))) return true;
  if (shown.empty() || !std::ranges::all_of(shown, is(ModelState::kFailed))) return false;
  return absl::FailedPreconditionError(VersionText(shown.rbegin()->second));
}

absl::Status Watch(const ModelsFlags& flags, const Client& client, const Console& console) {
  const InterruptNote interrupt;
  const auto clock = SystemRetryClock();
  Shown shown;
  while (!interrupt.requested()) {
    EBM_ASSIGN_OR_RETURN(const std::vector<ModelVersion> versions, client.ListVersions());
    ShowChanges(versions, flags, console, shown);
    if (flags.until_ready) {
      EBM_ASSIGN_OR_RETURN(const bool ready, IsReady(shown));
      if (ready) return absl::OkStatus();
    }
    clock->Wait(absl::Seconds(flags.interval_seconds), {});
  }
  return absl::OkStatus();
}

// A word after `models`.
struct ModelAction {
  const char* name;
  const char* help;
  absl::Status (*run)(const ModelsFlags&, const Client&, const Console&);
};

constexpr ModelAction kModelActions[] = {
    {"describe", "Describe one model, and the states of its versions", DescribeOne},
    {"load", "Load a version of the server's repository, and wait until it serves", Load},
    {"unload", "Unload a version, or all versions of a model; running requests finish", Unload},
    {"watch", "Show the states of versions, and every change", Watch},
};

void AddWatchFlags(CLI::App& command, ModelsFlags& flags) {
  command.add_option("--interval", flags.interval_seconds, "Time from one look to the next")
      ->type_name("SECONDS")
      ->check(PositiveNumber())
      ->capture_default_str();
  command.add_flag("--until_ready", flags.until_ready,
                   "End when a version that is watched is ready, or with exit status 1 when all have failed");
}

}  // namespace

CommandBody AddModelsCommand(CLI::App& command) {
  const auto flags = std::make_shared<ModelsFlags>();
  AddConnectionFlags(command, flags->connection);
  command.require_subcommand(0, 1);
  std::vector<std::pair<const CLI::App*, const ModelAction*>> actions;
  for (const ModelAction& action : kModelActions) {
    CLI::App* const subcommand = command.add_subcommand(action.name, action.help);
    subcommand->fallthrough();  // to the flags of the connection
    AddModelFlags(*subcommand, flags->connection.model);
    if (action.run == Load || action.run == Unload) subcommand->get_option("--model")->required();
    if (action.run == Watch) AddWatchFlags(*subcommand, *flags);
    actions.emplace_back(subcommand, &action);
  }
  return [flags, actions](const Console& console) -> absl::Status {
    EBM_ASSIGN_OR_RETURN(const Client client, Connect(flags->connection));
    const auto chosen = std::ranges::find_if(actions, [](const auto& action) { return action.first->parsed(); });
    return chosen == actions.end() ? List(*flags, client, console) : chosen->second->run(*flags, client, console);
  };
}

}  // namespace ebm::client
