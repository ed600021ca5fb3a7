// A plain struct as one flat JSON object, by one list of its fields that serves both directions:
//
//   template <typename Visitor, typename Sampler>
//   void VisitFields(Visitor& visitor, Sampler& sampler) {
//     visitor.Field("steps", sampler.steps);
//     visitor.Field("step_size", sampler.step_size);
//   }
//
// Fields are of the types that FromJson takes below; null is an optional without a value. Numbers keep their value
// exactly; a float is written with the fewest digits that give the same float again.

#ifndef EBM_MODEL_IO_JSON_FIELDS_H_
#define EBM_MODEL_IO_JSON_FIELDS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace ebm {

inline constexpr size_t kMaxJsonDepth = 3;

// Strict JSON: InvalidArgument also for a name that occurs twice in one object and for more than kMaxJsonDepth levels.
// `what` names the text in errors.
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text, absl::string_view what);

// One line; bytes that are not UTF-8 become U+FFFD.
std::string DumpJson(const nlohmann::ordered_json& json);

// False if the JSON has another type or is out of the value's range; the value is then unspecified.
bool FromJson(const nlohmann::json& json, bool& value);
bool FromJson(const nlohmann::json& json, uint32_t& value);
bool FromJson(const nlohmann::json& json, uint64_t& value);
bool FromJson(const nlohmann::json& json, int64_t& value);
bool FromJson(const nlohmann::json& json, float& value);
bool FromJson(const nlohmann::json& json, double& value);
bool FromJson(const nlohmann::json& json, std::string& value);

template <typename T, size_t kSize>
bool FromJson(const nlohmann::json& json, std::array<T, kSize>& values) {
  if (!json.is_array() || json.size() != kSize) return false;
  for (size_t i = 0; i < kSize; ++i) {
    if (!FromJson(json[i], values[i])) return false;
  }
  return true;
}

template <typename T>
bool FromJson(const nlohmann::json& json, std::vector<T>& values) {
  if (!json.is_array()) return false;
  values.assign(json.size(), T{});
  for (size_t i = 0; i < json.size(); ++i) {
    if (!FromJson(json[i], values[i])) return false;
  }
  return true;
}

template <typename T>
bool FromJson(const nlohmann::json& json, std::map<std::string, T>& values) {
  if (!json.is_object()) return false;
  values.clear();
  for (const auto& [name, item] : json.items()) {
    if (!FromJson(item, values[name])) return false;
  }
  return true;
}

template <typename T>
bool FromJson(const nlohmann::json& json, std::optional<T>& value) {
  value.reset();
  return json.is_null() || FromJson(json, value.emplace());
}

template <typename T>
nlohmann::ordered_json ToJson(const T& value) {
  return value;
}
nlohmann::ordered_json ToJson(float value);
nlohmann::ordered_json ToJson(const std::optional<float>& value);
nlohmann::ordered_json ToJson(const std::optional<double>& value);

class JsonFieldWriter {
 public:
  template <typename T>
  void Field(const char* name, const T& value) {
    object_[name] = ToJson(value);
  }

  // Omits the field if it has the value that an absent field stands for.
  template <typename T>
  void OptionalField(const char* name, const T& value, const T& absent) {
    if (value != absent) Field(name, value);
  }

  std::string Dump() const { return DumpJson(object_); }

 private:
  nlohmann::ordered_json object_ = nlohmann::ordered_json::object();
};

// Every field but the optional ones must be present, and no unknown ones.
class JsonFieldReader {
 public:
  static absl::StatusOr<JsonFieldReader> Parse(absl::string_view text, absl::string_view what);

  // After the first error, the remaining fields are left unchanged.
  template <typename T>
  void Field(const char* name, T& value) {
    if (const nlohmann::json* const json = Take(name); json != nullptr && !FromJson(*json, value)) Refuse(name, *json);
  }

  template <typename T>
  void OptionalField(const char* name, T& value, const T& absent) {
    if (object_.contains(name)) return Field(name, value);
    value = absent;
  }

  // Notes an error that the caller found in a field's value.
  void Fail(const absl::Status& error);

  // The first error: InvalidArgument with the field and its value.
  absl::Status Finish() const;

 private:
  JsonFieldReader(nlohmann::json object, absl::string_view what) : object_(std::move(object)), what_(what) {}

  // Null if the field is missing or there has been an error.
  const nlohmann::json* Take(const char* name);
  void Refuse(const char* name, const nlohmann::json& json);

  nlohmann::json object_;
  std::string what_;
  std::set<std::string> taken_;
  absl::Status status_;
};

}  // namespace ebm

#endif  // EBM_MODEL_IO_JSON_FIELDS_H_
