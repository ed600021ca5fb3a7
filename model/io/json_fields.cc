#include "model/io/json_fields.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"

namespace ebm {
namespace {

using Json = nlohmann::json;

constexpr size_t kLongestQuote = 80;

// Finds the problems that the library's own parser accepts. Stops at the first one, before anything is built.
class StrictnessCheck : public nlohmann::json_sax<Json> {
 public:
  const char* problem() const { return problem_; }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*digits*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }

  bool start_object(size_t /*size*/) override { return Open(); }
  bool start_array(size_t /*size*/) override { return Open(); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (!names_.back().insert(name).second) problem_ = "holds a name twice";
    return problem_ == nullptr;
  }

  bool parse_error(size_t /*position*/, const std::string& /*token*/, const nlohmann::detail::exception&) override {
    problem_ = "is not valid JSON";
    return false;
  }

 private:
  bool Open() {
    names_.emplace_back();
    if (names_.size() > kMaxJsonDepth) problem_ = "nests too deeply";
    return problem_ == nullptr;
  }

  bool Close() {
    names_.pop_back();
    return true;
  }

  std::vector<std::set<std::string>> names_;  // of each open object or list, the outermost first
  const char* problem_ = nullptr;
};

}  // namespace

absl::StatusOr<Json> ParseJson(absl::string_view text, absl::string_view what) {
  StrictnessCheck check;
  Json::sax_parse(text.begin(), text.end(), &check);
  if (check.problem() != nullptr) return absl::InvalidArgumentError(absl::StrCat(what, " ", check.problem()));
  return Json::parse(text.begin(), text.end());
}

std::string DumpJson(const nlohmann::ordered_json& json) {
  constexpr int kOneLine = -1;
  return json.dump(kOneLine, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool FromJson(const Json& json, bool& value) {
  if (!json.is_boolean()) return false;
  value = json.get<bool>();
  return true;
}

bool FromJson(const Json& json, uint64_t& value) {
  if (!json.is_number_unsigned()) return false;
  value = json.get<uint64_t>();
  return true;
}

bool FromJson(const Json& json, uint32_t& value) {
  uint64_t wide = 0;
  if (!FromJson(json, wide) || wide > std::numeric_limits<uint32_t>::max()) return false;
  value = static_cast<uint32_t>(wide);
  return true;
}

bool FromJson(const Json& json, int64_t& value) {
  if (!json.is_number_integer()) return false;
  if (json.is_number_unsigned() && json.get<uint64_t>() > std::numeric_limits<int64_t>::max()) return false;
  value = json.get<int64_t>();
  return true;
}

bool FromJson(const Json& json, double& value) {
  if (!json.is_number()) return false;
  value = json.get<double>();
  return std::isfinite(value);
}

bool FromJson(const Json& json, float& value) {
  double wide = 0;
  if (!FromJson(json, wide) || std::abs(wide) > std::numeric_limits<float>::max()) return false;
  value = static_cast<float>(wide);
  return true;
}

bool FromJson(const Json& json, std::string& value) {
  if (!json.is_string()) return false;
  value = json.get<std::string>();
  return true;
}

nlohmann::ordered_json ToJson(float value) {
  std::array<char, 32> digits;
  const std::to_chars_result end = std::to_chars(digits.begin(), digits.end(), value);
  double shortest = value;
  std::from_chars(digits.begin(), end.ptr, shortest);
  // Rounding to double and then to float can differ from rounding once; then the longer digits are needed.
  const bool fits = std::abs(shortest) <= std::numeric_limits<float>::max();
  return fits && static_cast<float>(shortest) == value ? shortest : value;
}

nlohmann::ordered_json ToJson(const std::optional<double>& value) {
  return value.has_value() ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json ToJson(const std::optional<float>& value) {
  return value.has_value() ? ToJson(*value) : nlohmann::ordered_json(nullptr);
}

absl::StatusOr<JsonFieldReader> JsonFieldReader::Parse(absl::string_view text, absl::string_view what) {
  absl::StatusOr<Json> json = ParseJson(text, what);
  if (!json.ok()) return json.status();
  if (!json->is_object()) return absl::InvalidArgumentError(absl::StrCat(what, " is not a JSON object"));
  return JsonFieldReader(*std::move(json), what);
}

const Json* JsonFieldReader::Take(const char* name) {
  taken_.insert(name);
  if (!status_.ok()) return nullptr;
  const auto field = object_.find(name);
  if (field != object_.end()) return &*field;
  status_ = absl::InvalidArgumentError(absl::StrCat(what_, ": the field '", name, "' is missing"));
  return nullptr;
}

void JsonFieldReader::Refuse(const char* name, const Json& json) {
  const std::string value = json.dump(-1, ' ', true).substr(0, kLongestQuote);
  status_ = absl::InvalidArgumentError(
      absl::StrCat(what_, ": the field '", name, "' cannot be ", value, ": wrong type or out of range"));
}

void JsonFieldReader::Fail(const absl::Status& error) {
  if (status_.ok()) status_ = absl::Status(error.code(), absl::StrCat(what_, ": ", error.message()));
}

absl::Status JsonFieldReader::Finish() const {
  if (!status_.ok()) return status_;
  for (const auto& [name, value] : object_.items()) {
    if (taken_.count(name) == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(what_, ": unknown field '", absl::string_view(name).substr(0, kLongestQuote), "'"));
    }
  }
  return absl::OkStatus();
}

}  // namespace ebm
