#include "model/checkpoint/checkpoint.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "model/checkpoint/safetensors.h"
#include "tests/model/checkpoint/checkpoint_samples.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(CheckpointTest, ComesBackAsItWas) {
  const absl::StatusOr<Checkpoint> read = ParseCheckpoint(SerializeCheckpoint(SmallCheckpoint()));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, SmallCheckpoint());
}

TEST(CheckpointTest, ComesBackFromAFile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  ASSERT_TRUE(WriteCheckpoint(SmallCheckpoint(), path).ok());
  EXPECT_EQ(ReadCheckpoint(path).value(), SmallCheckpoint());
}

TEST(CheckpointTest, ComesBackWithoutItsOptionalParts) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.sampler = {};
  checkpoint.evaluation.clear();
  checkpoint.log_density_quantiles.clear();
  checkpoint.start_states.clear();
  checkpoint.start_classes.clear();
  checkpoint.partition.reset();
  checkpoint.calibration.reset();
  checkpoint.calibration_scores.clear();
  EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint);
}

std::string DigestOf(const std::string& bytes) { return ParseSafetensors(bytes).value().metadata.at("content_sha256"); }

// The digest of a file that was written before there were estimates of ln Z and calibrations.
TEST(CheckpointTest, WithoutWhatIsFittedAfterTrainingTheFileIsWhatItWasBefore) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.partition.reset();
  checkpoint.calibration.reset();
  checkpoint.calibration_scores.clear();
  const std::string bytes = SerializeCheckpoint(checkpoint);
  EXPECT_THAT(bytes, Not(HasSubstr("partition")));
  EXPECT_THAT(bytes, Not(HasSubstr("calibration")));
  EXPECT_EQ(DigestOf(bytes), "40f4a93965c7ba5b72b47c7d364ec1d238bdcecf1a18485617117d2f67d114c0");
}

TEST(CheckpointTest, TheDigestCoversTheEstimateOfThePartitionFunction) {
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  const std::string text = file.metadata.at("partition");
  file.metadata["partition"] = absl::StrReplaceAll(text, {{"47.25", "48.25"}});
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("the file is damaged"));
  file.metadata.erase("partition");
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("the file is damaged"));
}

TEST(CheckpointTest, TheDigestCoversTheCalibration) {
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  const std::string text = file.metadata.at("calibration");
  file.metadata["calibration"] = absl::StrReplaceAll(text, {{"1.375", "1.25"}});
  ASSERT_NE(file.metadata["calibration"], text);
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("the file is damaged"));
}

// Without scores, a calibration cannot give p-values; without a calibration, the scores have no meaning.
TEST(CheckpointTest, ACalibrationAndItsScoresComeTogether) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.calibration_scores.clear();
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeCheckpoint(checkpoint)).status()),
              HasSubstr("calibration.scores: none, but there is a calibration in the metadata"));
  checkpoint = SmallCheckpoint();
  checkpoint.calibration.reset();
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeCheckpoint(checkpoint)).status()),
              HasSubstr("calibration.scores: there is no calibration in the metadata"));
}

TEST(CheckpointTest, AScoreMayAskForTheRatioWhereThereIsABase) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.partition.reset();
  checkpoint.calibration->outlier_score.quantities[1] = kLogRatioQuantity;
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeCheckpoint(checkpoint)).status()),
              HasSubstr("calibration.quantities: 'log_ratio' needs a base density, but the model has none"));
  checkpoint.spec.base = kGaussianBase;
  EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint);
}

TEST(CheckpointTest, AnEstimateFromTheModelsOwnBaseHasNoBox) {
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.spec.base = kGaussianBase;
  checkpoint.partition->base = kGaussianBase;
  EXPECT_FALSE(ParseCheckpoint(SerializeCheckpoint(checkpoint)).ok());
  checkpoint.partition->box_lower.reset();
  checkpoint.partition->box_upper.reset();
  EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint);
}

TEST(CheckpointTest, OnlyAResidualNetworkHasBlocksInItsFile) {
  EXPECT_THAT(SerializeCheckpoint(SmallCheckpoint()), Not(HasSubstr("blocks_per_group")));
  EXPECT_THAT(SerializeCheckpoint(SmallCheckpoint()), Not(HasSubstr("stem_stride")));
  Checkpoint checkpoint = SmallCheckpoint();
  checkpoint.spec.network = ResnetSpec{.hidden_widths = {8}, .blocks_per_group = 3, .stem_stride = 2};
  const std::string bytes = SerializeCheckpoint(checkpoint);
  EXPECT_THAT(bytes, HasSubstr("blocks_per_group"));
  EXPECT_EQ(ParseCheckpoint(bytes).value(), checkpoint);
}

TEST(CheckpointTest, EveryFloatInTheMetadataSurvives) {
  Checkpoint checkpoint = SmallCheckpoint();
  constexpr float kMax = std::numeric_limits<float>::max();
  constexpr float kDenormal = std::numeric_limits<float>::denorm_min();
  for (const float value : {0.1F, 1.0F / 3, 2.0F / 17, 16777217.0F, kDenormal, kMax, 1.17549435e-38F, 7.038531e-26F}) {
    checkpoint.sampler.kernel = Langevin{.step_size = value};
    EXPECT_EQ(ParseCheckpoint(SerializeCheckpoint(checkpoint)).value(), checkpoint) << value;
  }
}

TEST(CheckpointTest, WrittenAgainIsTheSameBytes) {
  const std::string bytes = SerializeCheckpoint(SmallCheckpoint());
  EXPECT_EQ(SerializeCheckpoint(ParseCheckpoint(bytes).value()), bytes);
}

TEST(CheckpointTest, ReadingNamesTheFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(ReadCheckpoint(folder.File("none")).status().code(), absl::StatusCode::kNotFound);
  const std::string path = folder.Write("x.safetensors", "short");
  EXPECT_THAT(MessageOf(ReadCheckpoint(path).status()), HasSubstr(path + ": a file of 5 bytes"));
}

// The status of reading a file whose metadata was changed, as another writer might have written it.
absl::Status StatusWith(const std::function<void(std::map<std::string, std::string>&)>& change) {
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  file.metadata.erase("content_sha256");  // the error must come from the change, not from the digest
  change(file.metadata);
  return ParseCheckpoint(SerializeSafetensors(file)).status();
}

absl::Status StatusReplacing(const std::string& section, const std::string& from, const std::string& to) {
  return StatusWith([&](auto& metadata) {
    const std::string changed = absl::StrReplaceAll(metadata[section], {{from, to}});
    EXPECT_NE(changed, metadata[section]) << from;
    metadata[section] = changed;
  });
}

TEST(CheckpointMetadataTest, IgnoresKeysOfOtherTools) {
  EXPECT_TRUE(StatusWith([](auto& metadata) { metadata["format"] = "pt"; }).ok());
}

// As version 1 knows no columns, the key may be that of another tool.
TEST(CheckpointMetadataTest, IgnoresColumnsInAFileOfVersion1) {
  EXPECT_TRUE(StatusWith([](auto& metadata) { metadata["columns"] = "theirs"; }).ok());
}

TEST(CheckpointMetadataTest, RefusesANewerVersion) {
  EXPECT_THAT(MessageOf(StatusWith([](auto& metadata) { metadata["format_version"] = "3"; })),
              HasSubstr("format_version: 3 is newer than 2, the newest version that this program reads"));
}

TEST(CheckpointMetadataTest, RefusesAVersionThatIsNone) {
  for (const std::string version : {"", "0", "-1", "one", "1.0", "99999999999999999999"}) {
    EXPECT_THAT(MessageOf(StatusWith([&](auto& metadata) { metadata["format_version"] = version; })),
                HasSubstr("format_version: '" + version + "' is not a whole number from 1"));
  }
}

TEST(CheckpointMetadataTest, RefusesAMissingSection) {
  for (const std::string key : {"format_version", "model", "sampler", "provenance", "evaluation"}) {
    EXPECT_THAT(MessageOf(StatusWith([&](auto& metadata) { metadata.erase(key); })),
                HasSubstr("the metadata has no '" + key + "'"));
  }
}

TEST(CheckpointMetadataTest, RefusesMissingUnknownAndMistypedFields) {
  EXPECT_THAT(MessageOf(StatusReplacing("model", "\"scale\"", "\"skale\"")), HasSubstr("the field 'scale' is missing"));
  EXPECT_THAT(MessageOf(StatusReplacing("model", "\"scale\":", "\"a\":1,\"scale\":")),
              HasSubstr("model: unknown field 'a'"));
  EXPECT_THAT(MessageOf(StatusReplacing("sampler", "\"steps\":40", "\"steps\":\"40\"")),
              HasSubstr("sampler: the field 'steps' cannot be \"40\": wrong type or out of range"));
  EXPECT_THAT(MessageOf(StatusReplacing("sampler", "\"steps\":40", "\"steps\":4294967296")),
              HasSubstr("the field 'steps' cannot be 4294967296"));
  EXPECT_THAT(MessageOf(StatusReplacing("sampler", "\"step_size\":0.5", "\"step_size\":1e39")),
              HasSubstr("the field 'step_size' cannot be 1e+39"));
  EXPECT_THAT(MessageOf(StatusReplacing("model", "[1,2]", "[1,[2]]")), HasSubstr("the field 'input_shape' cannot be"));
  EXPECT_THAT(MessageOf(StatusReplacing("evaluation", "0.04", "null")),
              HasSubstr("evaluation is not a map of numbers"));
  EXPECT_THAT(MessageOf(StatusReplacing("partition", "\"log_z\"", "\"log_y\"")),
              HasSubstr("partition: the field 'log_z' is missing"));
  EXPECT_THAT(MessageOf(StatusReplacing("partition", "\"chains\":400", "\"chains\":4e2")),
              HasSubstr("partition: the field 'chains' cannot be 400.0"));
  EXPECT_THAT(MessageOf(StatusReplacing("calibration", "\"weights\"", "\"heights\"")),
              HasSubstr("calibration: the field 'weights' is missing"));
  EXPECT_THAT(MessageOf(StatusReplacing("calibration", "[1.0,0.5]", "0.5")),
              HasSubstr("calibration: the field 'weights' cannot be 0.5"));
  EXPECT_THAT(MessageOf(StatusReplacing("provenance", "\"notebook\"", "\"a\",\"recipe\":\"b\"")),
              HasSubstr("provenance holds a name twice"));
}

TEST(CheckpointMetadataTest, RefusesASpecOfAbsurdSize) {
  EXPECT_FALSE(StatusReplacing("model", "[1,2]", "[4611686018427387904,4611686018427387904]").ok());
}

struct BadCheckpoint {
  std::string message;
  std::function<void(Checkpoint&)> change;
};

void PrintTo(const BadCheckpoint& bad, std::ostream* out) { *out << bad.message; }

class BadCheckpointTest : public ::testing::TestWithParam<BadCheckpoint> {};

TEST_P(BadCheckpointTest, IsNeitherWrittenNorRead) {
  Checkpoint checkpoint = SmallCheckpoint();
  GetParam().change(checkpoint);
  const TemporaryFolder folder;
  const std::string path = folder.File("x.safetensors");
  const absl::Status written = WriteCheckpoint(checkpoint, path);
  EXPECT_EQ(written.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(MessageOf(written), HasSubstr(path + ": "));
  EXPECT_THAT(MessageOf(written), HasSubstr(GetParam().message));
  EXPECT_EQ(ReadCheckpoint(path).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(ParseCheckpoint(SerializeCheckpoint(checkpoint)).ok());
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

INSTANTIATE_TEST_SUITE_P(
    Sampler, BadCheckpointTest,
    ::testing::Values(
        BadCheckpoint{"sampler.steps: 0, must be at least 1", [](Checkpoint& c) { c.sampler.steps = 0; }},
        BadCheckpoint{"sampler.step_size: 0, must be finite and above 0",
                      [](Checkpoint& c) { c.sampler.kernel = Langevin{.step_size = 0}; }},
        BadCheckpoint{"sampler.step_size: nan, must be",
                      [](Checkpoint& c) { c.sampler.kernel = MetropolisLangevin{.step_size = kNan}; }},
        BadCheckpoint{"sampler.noise_scale: -1, must be finite and 0 or above",
                      [](Checkpoint& c) { c.sampler.kernel = Langevin{.noise_scale = -1}; }},
        BadCheckpoint{"sampler.noise_scale: 0, must be above 0",
                      [](Checkpoint& c) { c.sampler.kernel = MetropolisLangevin{.noise_scale = 0}; }},
        BadCheckpoint{"sampler.start_upper: inf, must be", [](Checkpoint& c) { c.sampler.start_upper = kInfinity; }},
        BadCheckpoint{"sampler.start_lower: -0.75, must be at most", [](Checkpoint& c) { c.sampler.start_upper = -2; }},
        BadCheckpoint{"sampler.clamp_lower: 1.5, must be below", [](Checkpoint& c) { c.sampler.clamp_lower = 1.5F; }},
        BadCheckpoint{"sampler.start_from_buffer: there are no states", [](Checkpoint& c) {
                        c.start_states.clear();
                        c.start_classes.clear();
                      }}));

INSTANTIATE_TEST_SUITE_P(
    Tensors, BadCheckpointTest,
    ::testing::Values(
        BadCheckpoint{"tensor 'layers.0.bias': element 1 is nan", [](Checkpoint& c) { c.tensors[1].values[1] = kNan; }},
        BadCheckpoint{"tensor 'layers.1.bias': element 0 is -inf",
                      [](Checkpoint& c) { c.tensors[3].values[0] = -kInfinity; }},
        BadCheckpoint{"sampler.start_states: element 2 is inf", [](Checkpoint& c) { c.start_states[2] = kInfinity; }},
        BadCheckpoint{"sampler.start_states: 4 values for 3 classes",
                      [](Checkpoint& c) { c.start_classes.push_back(0); }},
        BadCheckpoint{"sampler.start_classes: 2 is neither", [](Checkpoint& c) { c.start_classes[0] = 2; }},
        BadCheckpoint{"log_density_quantiles: not in rising order",
                      [](Checkpoint& c) { c.log_density_quantiles[0] = 100; }},
        BadCheckpoint{"log_density_quantiles: 1 quantile", [](Checkpoint& c) { c.log_density_quantiles.resize(1); }},
        BadCheckpoint{"log_density_quantiles: element 0 is nan",
                      [](Checkpoint& c) { c.log_density_quantiles[0] = kNan; }},
        BadCheckpoint{"evaluation.validation_error: nan",
                      [](Checkpoint& c) { c.evaluation["validation_error"] = kNan; }},
        BadCheckpoint{"class_labels", [](Checkpoint& c) { c.spec.class_labels.clear(); }}));

INSTANTIATE_TEST_SUITE_P(
    Partition, BadCheckpointTest,
    ::testing::Values(
        BadCheckpoint{"partition.log_z: not finite", [](Checkpoint& c) { c.partition->log_z = kNan; }},
        BadCheckpoint{"partition.reverse_log_z: not finite",
                      [](Checkpoint& c) { c.partition->reverse_log_z = kInfinity; }},
        BadCheckpoint{"partition.standard_error: -1 is not", [](Checkpoint& c) { c.partition->standard_error = -1; }},
        BadCheckpoint{"partition.chains: 1 is below", [](Checkpoint& c) { c.partition->chains = 1; }},
        BadCheckpoint{"partition.steps: 0 is below", [](Checkpoint& c) { c.partition->steps = 0; }},
        BadCheckpoint{"partition.effective_sample_size: 401 is not from 1 to the number of chains, 400",
                      [](Checkpoint& c) { c.partition->effective_sample_size = 401; }},
        BadCheckpoint{"partition.effective_sample_size: nan is not",
                      [](Checkpoint& c) { c.partition->effective_sample_size = kNan; }},
        BadCheckpoint{"partition.temperature: 0.5 is not 1", [](Checkpoint& c) { c.partition->temperature = 0.5; }},
        BadCheckpoint{"partition.base: 'gaussian' is not this model's, 'uniform'",
                      [](Checkpoint& c) { c.partition->base = kGaussianBase; }},
        BadCheckpoint{"partition.base: '' is not this model's", [](Checkpoint& c) { c.partition->base = ""; }},
        BadCheckpoint{"partition.box_lower and box_upper: the base 'uniform' has a box",
                      [](Checkpoint& c) { c.partition->box_upper.reset(); }},
        BadCheckpoint{"partition.box_lower: 1.5 is not below box_upper, 1.25",
                      [](Checkpoint& c) { c.partition->box_lower = 1.5F; }}));

INSTANTIATE_TEST_SUITE_P(
    Calibration, BadCheckpointTest,
    ::testing::Values(BadCheckpoint{"calibration.class_temperature: 0 is not a finite number above 0",
                                    [](Checkpoint& c) { c.calibration->class_temperature = 0; }},
                      BadCheckpoint{"calibration.class_temperature: nan is not",
                                    [](Checkpoint& c) { c.calibration->class_temperature = kNan; }},
                      BadCheckpoint{"calibration.quantities: none; at least 1 is needed",
                                    [](Checkpoint& c) { c.calibration->outlier_score = {}; }},
                      BadCheckpoint{"calibration.quantities: 'beauty' is not known",
                                    [](Checkpoint& c) { c.calibration->outlier_score.quantities[0] = "beauty"; }},
                      BadCheckpoint{"calibration.weights, means and deviations: not one for each of 2 quantities",
                                    [](Checkpoint& c) { c.calibration->outlier_score.means.pop_back(); }},
                      BadCheckpoint{"calibration.weights and means: those of max_log_probability are not finite",
                                    [](Checkpoint& c) { c.calibration->outlier_score.weights[1] = kInfinity; }},
                      BadCheckpoint{"calibration.deviations: 0 is not a finite number above 0",
                                    [](Checkpoint& c) { c.calibration->outlier_score.deviations[0] = 0; }},
                      BadCheckpoint{"calibration.scores: not in rising order",
                                    [](Checkpoint& c) { c.calibration_scores[0] = 5; }},
                      BadCheckpoint{"calibration.scores: element 3 is inf",
                                    [](Checkpoint& c) { c.calibration_scores[3] = kInfinity; }}));

TEST(CheckpointTest, NamesAnUnknownFamilyAndTheKnownOnes) {
  EXPECT_THAT(MessageOf(StatusReplacing("model", "jem_mlp", "hopfield")),
              HasSubstr("model: family is \"hopfield\"; the known ones are: jem_mlp, jem_resnet, rbm, boltzmann"));
}

TEST(CheckpointTest, RefusesFieldsOfAnotherFamily) {
  EXPECT_THAT(MessageOf(StatusReplacing("model", "\"hidden_widths\":[3]", "\"hidden_widths\":[3],\"stem_stride\":2")),
              HasSubstr("model: unknown field 'stem_stride'"));
}

// JSON has no such numbers, so a file cannot hold them.
TEST(CheckpointTest, ClampLimitsThatAreNotFiniteAreNotWritten) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = SmallCheckpoint();
  for (const float limit : {kNan, kInfinity}) {
    checkpoint.sampler.clamp_upper = limit;
    EXPECT_THAT(MessageOf(WriteCheckpoint(checkpoint, folder.File("x"))), HasSubstr("sampler.clamp_upper: "));
  }
}

TEST(CheckpointTest, RefusesTensorsWhoseNamesOrShapesAreWrong) {
  const TemporaryFolder folder;
  Checkpoint checkpoint = SmallCheckpoint();
  for (const std::string name : {"", "layers.0.weight", "sampler.start_states", "calibration.scores", "__metadata__"}) {
    checkpoint.tensors[1].name = name;
    EXPECT_THAT(MessageOf(WriteCheckpoint(checkpoint, folder.File("x"))),
                HasSubstr("tensor '" + name + "': the name is empty, reserved or used twice"));
  }
  checkpoint = SmallCheckpoint();
  const std::vector<std::vector<int64_t>> wrong_shapes = {{4}, {-3, -1}, {int64_t{1} << 62, 4}, {}};
  for (const std::vector<int64_t>& shape : wrong_shapes) {
    checkpoint.tensors[1].shape = shape;
    EXPECT_THAT(MessageOf(WriteCheckpoint(checkpoint, folder.File("x"))),
                HasSubstr("its shape does not match its 3 values"));
  }
}

TEST(CheckpointTest, RefusesTensorsOfOtherDtypesAndShapes) {
  const std::vector<int32_t> integers = {1, 2};
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  file.metadata.erase("content_sha256");
  file.tensors.push_back(MakeRawTensor<int32_t>("layers.2.bias", {2}, integers));
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("dtype is I32, not F32"));

  const std::vector<float> states = {1, 2, 3, 4};
  Checkpoint without_buffer = SmallCheckpoint();
  without_buffer.start_states.clear();
  without_buffer.start_classes.clear();
  file = ParseSafetensors(SerializeCheckpoint(without_buffer)).value();
  file.metadata.erase("content_sha256");
  file.tensors.push_back(MakeRawTensor<float>("sampler.start_states", {1, 4}, states));
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("its shape is not [n, 2]"));
}

TEST(CheckpointTest, RefusesContentOfAnotherDigest) {
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  file.tensors[0].bytes[0] ^= 1;
  EXPECT_THAT(MessageOf(ParseCheckpoint(SerializeSafetensors(file)).status()), HasSubstr("the file is damaged"));
}

// A tool may reorder the tensors, or add metadata of its own.
TEST(CheckpointTest, TheDigestDoesNotDependOnTheOrderOfTheFile) {
  SafetensorsFile file = ParseSafetensors(SerializeCheckpoint(SmallCheckpoint())).value();
  std::reverse(file.tensors.begin(), file.tensors.end());
  file.metadata["written_by"] = "another tool";
  EXPECT_TRUE(ParseCheckpoint(SerializeSafetensors(file)).ok());
}

}  // namespace
}  // namespace ebm
