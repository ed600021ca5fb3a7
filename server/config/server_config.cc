#include "server/config/server_config.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "model/core/status_macros.h"
#include "proto/text/text_file.h"
#include "server/config/settings.h"

namespace ebm::config {
namespace {

using v1::ServerConfig;

const google::protobuf::Descriptor& Fields() { return *ServerConfig::descriptor(); }

absl::Status AtMost(const char* name, int64_t value, const char* limit_name, int64_t limit) {
  if (value <= limit) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(name, ": ", value, ", must be at most ", limit_name, ", ", limit));
}

// The queue must have room for the largest allowed request, which would otherwise never be served.
absl::Status CheckLimits(const ServerConfig& config) {
  EBM_RETURN_IF_ERROR(AtMost("max_chains", config.max_chains(), "max_queued_chains", config.max_queued_chains()));
  return AtMost("max_rows", config.max_rows(), "max_queued_rows", config.max_queued_rows());
}

absl::Status CheckModels(const ServerConfig& config) {
  if (config.has_checkpoint() == config.has_repository()) {
    return absl::InvalidArgumentError("checkpoint, repository: exactly one of them must be set");
  }
  if (config.load_model_size() > 0 && config.repository_mode() != "explicit") {
    return absl::InvalidArgumentError("load_model: only repository_mode explicit loads models by name");
  }
  return absl::OkStatus();
}

absl::Status CheckSecurity(const ServerConfig& config) {
  if (config.has_tls_certificate() != config.has_tls_key()) {
    return absl::InvalidArgumentError("tls_certificate, tls_key: both or neither must be set");
  }
  if (config.metrics_tls() == "on" && !config.has_tls_key()) {
    return absl::InvalidArgumentError("metrics_tls: on needs tls_certificate and tls_key");
  }
  if (config.has_tls_client_ca() && !config.has_tls_key()) {
    return absl::InvalidArgumentError("tls_client_ca: needs tls_certificate and tls_key");
  }
  if (config.has_tokens() && !config.has_tls_key() && config.plaintext_tokens() != "accept") {
    return absl::InvalidArgumentError(
        "tokens: without TLS they travel as plain text; set tls_certificate and tls_key, or plaintext_tokens to accept "
        "if something else encrypts the connections");
  }
  return absl::OkStatus();
}

bool AreEqual(const ServerConfig& a, const ServerConfig& b, const FieldDescriptor& field) {
  google::protobuf::util::MessageDifferencer differencer;
  return differencer.CompareWithFields(a, b, {&field}, {&field});
}

}  // namespace

absl::StatusOr<ServerConfig> ParseConfig(const std::string& file, const std::string& text) {
  ServerConfig config;
  TextPlaces places;
  std::vector<std::string> mistakes;
  const absl::Status parsed = ParseText(file, text, &config, &places);
  if (!parsed.ok()) mistakes.emplace_back(parsed.message());
  for (int i = 0; i < Fields().field_count(); ++i) {
    const FieldDescriptor& field = *Fields().field(i);
    const absl::Status status = IsSet(config, field) ? CheckField(config, field) : absl::OkStatus();
    if (!status.ok()) mistakes.push_back(absl::StrCat(places.Of(field.name()), ": ", status.message()));
  }
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return config;
}

absl::StatusOr<ServerConfig> CombineConfig(const ServerConfig& flags, const ServerConfig& file) {
  ServerConfig config = file;
  for (int i = 0; i < Fields().field_count(); ++i) {
    const FieldDescriptor& field = *Fields().field(i);
    if (IsSet(flags, field)) config.GetReflection()->ClearField(&config, &field);
  }
  config.MergeFrom(flags);
  FillDefaults(&config);
  EBM_RETURN_IF_ERROR(CheckModels(config));
  EBM_RETURN_IF_ERROR(CheckLimits(config));
  EBM_RETURN_IF_ERROR(CheckSecurity(config));
  return config;
}

ChangedFields CompareConfigs(const ServerConfig& before, const ServerConfig& after) {
  ChangedFields changed;
  for (int i = 0; i < Fields().field_count(); ++i) {
    const FieldDescriptor& field = *Fields().field(i);
    if (AreEqual(before, after, field)) continue;
    (SettingOf(field).reloaded() ? changed.reloaded : changed.need_restart).push_back(field.name());
  }
  return changed;
}

std::string PrintConfig(const ServerConfig& config) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(config, &text);
  return text;
}

}  // namespace ebm::config
