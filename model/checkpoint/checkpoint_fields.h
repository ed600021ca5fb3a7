// The metadata sections of a checkpoint, field by field, in the order of FORMAT.md: one list for reading and writing
// (json_fields.h). Internal to this folder.

#ifndef EBM_MODEL_CHECKPOINT_CHECKPOINT_FIELDS_H_
#define EBM_MODEL_CHECKPOINT_CHECKPOINT_FIELDS_H_

#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/checkpoint/checkpoint.h"
#include "model/checkpoint/columns_section.h"
#include "model/checkpoint/maybe_const.h"
#include "model/checkpoint/partition_fields.h"
#include "model/io/json_fields.h"
#include "model/spec/model_spec.h"

namespace ebm {

template <typename Visitor, MaybeConst<MlpSpec> Network>
void VisitFields(Visitor& visitor, Network& network) {
  visitor.Field("hidden_widths", network.hidden_widths);
}

template <typename Visitor, MaybeConst<ResnetSpec> Network>
void VisitFields(Visitor& visitor, Network& network) {
  visitor.Field("hidden_widths", network.hidden_widths);
  visitor.Field("blocks_per_group", network.blocks_per_group);
  visitor.OptionalField("stem_stride", network.stem_stride, int64_t{1});
}

template <typename Visitor, MaybeConst<RbmSpec> Network>
void VisitFields(Visitor& visitor, Network& network) {
  visitor.Field("hidden_units", network.hidden_units);
}

template <typename Visitor, MaybeConst<BoltzmannSpec> Network>
void VisitFields(Visitor& visitor, Network& network) {
  visitor.OptionalField("edges", network.edges, {});
}

template <typename Visitor, MaybeConst<GaussianRbmSpec> Network>
void VisitFields(Visitor& visitor, Network& network) {
  visitor.Field("hidden_units", network.hidden_units);
}

// The family decides which fields the network has.
template <typename Visitor, MaybeConst<ModelSpec> Spec>
void VisitFamily(Visitor& visitor, Spec& spec) {
  std::string family = spec.family();
  visitor.Field("family", family);
  if constexpr (!std::is_const_v<Spec>) {
    absl::StatusOr<NetworkSpec> network = FindFamily(family);
    if (!network.ok()) return visitor.Fail(network.status());
    spec.network = *std::move(network);
    spec.UseDomainOfFamily();
  }
}

// A reader sets spec.columns beforehand if the file has a section for them.
template <typename Visitor, MaybeConst<ModelSpec> Spec>
void VisitFields(Visitor& visitor, Spec& spec) {
  VisitFamily(visitor, spec);
  visitor.Field("input_shape", spec.input_shape);
  std::visit([&visitor](auto& network) { VisitFields(visitor, network); }, spec.network);
  if (HasActivation(spec.network)) visitor.Field("activation", spec.activation);
  visitor.Field("class_labels", spec.class_labels);
  if (ArePlain(spec.columns)) {
    auto& column = spec.columns.front();
    visitor.Field("data_minimum", column.range.minimum);
    visitor.Field("data_maximum", column.range.maximum);
    visitor.Field("scale", column.scaling.scale);
    visitor.Field("offset", column.scaling.offset);
    visitor.OptionalField("data_step", column.step, 0.0F);
  }
  visitor.OptionalField("base", spec.base, std::string());
  visitor.OptionalField("base_evidence", spec.base_evidence, 0.0F);
}

template <typename Visitor, MaybeConst<Provenance> Record>
void VisitFields(Visitor& visitor, Record& provenance) {
  visitor.Field("recipe", provenance.recipe);
  visitor.Field("seed", provenance.seed);
  visitor.Field("epochs_run", provenance.epochs_run);
  visitor.Field("best_epoch", provenance.best_epoch);
  visitor.Field("wall_seconds", provenance.wall_seconds);
  visitor.Field("data_name", provenance.data_name);
  visitor.Field("data_sha256", provenance.data_sha256);
  visitor.Field("code_version", provenance.code_version);
  visitor.Field("created", provenance.created);
  visitor.Field("settings", provenance.settings);
}

template <typename Visitor, MaybeConst<Calibration> Record>
void VisitFields(Visitor& visitor, Record& calibration) {
  visitor.Field("class_temperature", calibration.class_temperature);
  visitor.Field("quantities", calibration.outlier_score.quantities);
  visitor.Field("weights", calibration.outlier_score.weights);
  visitor.Field("means", calibration.outlier_score.means);
  visitor.Field("deviations", calibration.outlier_score.deviations);
}

// A section's text from its fields, and back. name: the section's, for errors.
template <typename Struct>
std::string SectionText(const Struct& value) {
  JsonFieldWriter writer;
  VisitFields(writer, value);
  return writer.Dump();
}

template <typename Struct>
absl::Status ParseSection(absl::string_view text, absl::string_view name, Struct& value) {
  absl::StatusOr<JsonFieldReader> reader = JsonFieldReader::Parse(text, name);
  if (!reader.ok()) return reader.status();
  VisitFields(*reader, value);
  return reader->Finish();
}

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CHECKPOINT_FIELDS_H_
