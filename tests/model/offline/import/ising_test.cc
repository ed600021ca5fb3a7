// Lists of fields and couplings, and the checkpoints that they become.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/io/csv.h"
#include "model/io/file_bytes.h"
#include "model/offline/import/ising_checkpoint.h"
#include "model/offline/import/ising_file.h"
#include "model/spec/row_codec.h"
#include "tests/support/temporary_folder.h"

namespace ebm {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class IsingFileTest : public testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = folder_.File(name);
    EXPECT_EQ(WriteFileBytes(text, path), absl::OkStatus());
    return path;
  }
  std::string Refusal(const std::string& couplings, const std::string& fields = "") {
    const std::string path = fields.empty() ? "" : Write("h.csv", fields);
    return std::string(ReadIsingModel(Write("j.csv", couplings), path, CsvHeader::kAuto).status().message());
  }

  TemporaryFolder folder_;
};

TEST_F(IsingFileTest, ReadsCouplingsAndFieldsInAnyOrder) {
  const auto model = ReadIsingModel(Write("j.csv", "i,j,J\n2,0,-0.5\n0,1,1.25\n1,1,0.75\n"),
                                    Write("h.csv", "site,h\n3,2\n0,-1\n"), CsvHeader::kAuto);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->sites, 4);
  EXPECT_THAT(model->couplings, ElementsAre(Pair(Edge{0, 1}, 1.25), Pair(Edge{0, 2}, -0.5)));
  EXPECT_THAT(model->fields, ElementsAre(Pair(0, -1), Pair(1, 0.75), Pair(3, 2)));
}

TEST_F(IsingFileTest, ReadsDWavesTextFormat) {
  const auto model =
      ReadIsingModel(Write("problem.coo", "# vartype=SPIN\n0 0 1.500000\n0\t1 -1\n\n"), "", CsvHeader::kAuto);
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_THAT(model->couplings, ElementsAre(Pair(Edge{0, 1}, -1)));
  EXPECT_THAT(model->fields, ElementsAre(Pair(0, 1.5)));
  EXPECT_EQ(model->variables, IsingVariables::kSpins);
}

TEST_F(IsingFileTest, DWavesFilesSayWhichVariablesTheyAreOf) {
  const auto variables = [this](const std::string& text) {
    const auto model = ReadIsingModel(Write("problem.coo", text), "", CsvHeader::kAuto);
    EXPECT_TRUE(model.ok()) << model.status();
    return model->variables;
  };
  EXPECT_EQ(variables("# vartype=BINARY\n0 1 1\n"), IsingVariables::kBits);
  EXPECT_EQ(variables("#vartype=SPIN\r\n0 1 1\r\n"), IsingVariables::kSpins);
  EXPECT_EQ(variables("# a comment\n0 1 1\n"), std::nullopt);
  const auto unknown = ReadIsingModel(Write("x.coo", "# vartype=DISCRETE\n0 1 1\n"), "", CsvHeader::kAuto);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("line 1: the vartype is DISCRETE"));
}

TEST_F(IsingFileTest, FieldsMustBeOfTheSameVariables) {
  const std::string couplings = Write("j.coo", "  # vartype=SPIN\n0 1 1\n");
  EXPECT_EQ(ReadIsingModel(couplings, Write("h.csv", "0,1\n"), CsvHeader::kNo)->variables, IsingVariables::kSpins);
  const auto mixed = ReadIsingModel(couplings, Write("h.coo", "# vartype=BINARY\n0 1\n"), CsvHeader::kAuto);
  EXPECT_THAT(std::string(mixed.status().message()), HasSubstr("the vartype is not that of"));
}

TEST_F(IsingFileTest, LinesAreCountedAsTheyAreInTheFile) {
  const auto model = ReadIsingModel(Write("x.coo", "# vartype=SPIN\n# c\n0 1 1\n0 x 1\n"), "", CsvHeader::kAuto);
  EXPECT_THAT(std::string(model.status().message()), HasSubstr("line 4: 'x' is not a number"));
}

TEST_F(IsingFileTest, AFirstLineIsAHeaderWhereTheCallerSaysSo) {
  const auto sites = [this](CsvHeader header) {
    return ReadIsingModel(Write("j.csv", "0,1,2\n1,2,3\n"), "", header)->couplings.size();
  };
  EXPECT_EQ(sites(CsvHeader::kNo), 2);
  EXPECT_EQ(sites(CsvHeader::kYes), 1);
}

TEST_F(IsingFileTest, RefusesWhatIsNoListOfNumbers) {
  EXPECT_THAT(Refusal("0,1\n1,2\n"), HasSubstr("2 columns; couplings have 3"));
  EXPECT_THAT(Refusal("0,1,2\n0.5,1,2\n"), HasSubstr("line 2 of numbers: the index is 0.5, must be 0 to 1048575"));
  EXPECT_THAT(Refusal("0,1,2\n-1,1,2\n"), HasSubstr("the index is -1"));
  EXPECT_THAT(Refusal("0,1,2\n0,2097152,2\n"), HasSubstr("must be 0 to 1048575"));
  EXPECT_THAT(Refusal("0,1,2\n0,2,\n"), HasSubstr("line 2 of numbers: a number is missing"));
  EXPECT_THAT(Refusal("0,1,2\n1,0,3\n"), HasSubstr("line 2 of numbers: sites 0 and 1 already have a coupling"));
  EXPECT_THAT(Refusal("0,1,2\n1,1,3\n", "1,4\n0,2\n"), HasSubstr("site 1 already has a field"));
  EXPECT_THAT(Refusal("0,1,2\n0,2,1\n", "1,4,3\n0,2,5\n"), HasSubstr("3 columns; fields have 2"));
  EXPECT_THAT(Refusal("0,1,2\n0,x,1\n"), HasSubstr("line 2: 'x' is not a number"));
}

IsingModel SmallIsing() {
  return {.couplings = {{{0, 1}, 0.5}, {{1, 2}, -1.25}}, .fields = {{0, 0.25}, {2, -2}}, .sites = 4, .sha256 = "ab"};
}

// The log density of the variables' values by the list itself, and by the checkpoint's energy.
void ExpectSameDensity(const IsingImport& import, double low) {
  const IsingModel model = SmallIsing();
  const absl::StatusOr<ImportedIsing> imported = ImportIsing(model, import);
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::vector<float>& weight = imported->checkpoint.tensors[0].values;
  const std::vector<float>& bias = imported->checkpoint.tensors[1].values;
  const std::vector<Edge>& edges = std::get<BoltzmannSpec>(imported->checkpoint.spec.network).edges;
  const double scale = import.sign == IsingSign::kEnergy ? -import.beta : import.beta;
  for (int state = 0; state < 16; ++state) {
    std::vector<float> values(4);
    for (int i = 0; i < 4; ++i) values[i] = (state >> i & 1) == 1 ? 1.0F : static_cast<float>(low);
    double sum = 0;
    for (const auto& [site, field] : model.fields) sum += field * values[site];
    for (const auto& [edge, coupling] : model.couplings) sum += coupling * values[edge[0]] * values[edge[1]];
    std::vector<float> x(4);
    ASSERT_EQ(EncodeRow(imported->checkpoint.spec, values, x), absl::OkStatus());
    double log_density = 0;
    for (int i = 0; i < 4; ++i) log_density += bias[i] * x[i];
    for (size_t e = 0; e < edges.size(); ++e) log_density += weight[e] * x[edges[e][0]] * x[edges[e][1]];
    EXPECT_NEAR(log_density + imported->constant, scale * sum, 1e-5) << "state " << state;
  }
}

TEST(ImportIsingTest, TheCheckpointHasTheListsLogDensityUpToItsConstant) {
  ExpectSameDensity({}, -1);
  ExpectSameDensity({.sign = IsingSign::kEnergy, .beta = 0.5}, -1);
  ExpectSameDensity({.variables = IsingVariables::kBits}, 0);
  ExpectSameDensity({.sign = IsingSign::kEnergy, .variables = IsingVariables::kBits, .beta = 2}, 0);
}

TEST(ImportIsingTest, TheCheckpointCanBeWrittenAndRead) {
  const auto imported = ImportIsing(SmallIsing(), {.input_shape = {2, 2}, .data_name = "j.csv"});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const auto read = ParseCheckpoint(SerializeCheckpoint(imported->checkpoint));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, imported->checkpoint);
}

TEST(ImportIsingTest, ACompleteGraphNeedsNoListOfEdges) {
  IsingModel model = {.couplings = {}, .fields = {}, .sites = 4, .sha256 = "ab"};
  for (const Edge& edge : EdgesOf({}, 4)) model.couplings[edge] = 0.5;
  const auto imported = ImportIsing(model, {});
  ASSERT_TRUE(imported.ok()) << imported.status();
  EXPECT_TRUE(std::get<BoltzmannSpec>(imported->checkpoint.spec.network).edges.empty());
}

// The edges are in the file's header; those of the highest coordinates have the longest numbers.
TEST_F(IsingFileTest, AsManyEdgesAsAreAllowedCanBeWrittenAndRead) {
  IsingModel model = {.couplings = {}, .fields = {}, .sites = 1 << 20, .sha256 = "ab"};
  for (int64_t e = 0; e < kMaxListedEdges; ++e) model.couplings[{model.sites - 2 - e, model.sites - 1 - e}] = 1;
  const auto imported = ImportIsing(model, {});
  ASSERT_TRUE(imported.ok()) << imported.status();
  const std::string path = folder_.File("large.safetensors");
  ASSERT_EQ(WriteCheckpoint(imported->checkpoint, path), absl::OkStatus());
  const auto read = ReadCheckpoint(path);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, imported->checkpoint);
  model.couplings[{0, 1}] = 1;
  EXPECT_THAT(std::string(ImportIsing(model, {}).status().message()),
              HasSubstr("edges has 131073 entries; at most 131072 are allowed"));
}

TEST(ImportIsingTest, RefusesWhatIsNoModel) {
  const auto refusal = [](const IsingModel& model, const IsingImport& import) {
    return std::string(ImportIsing(model, import).status().message());
  };
  EXPECT_THAT(refusal(SmallIsing(), {.input_shape = {2}}), HasSubstr("shape has 2 values; the model has 4 sites"));
  EXPECT_THAT(refusal(SmallIsing(), {.beta = 0}), HasSubstr("beta is 0"));
  EXPECT_THAT(refusal(SmallIsing(), {.beta = NAN}), HasSubstr("beta is nan"));
  EXPECT_THAT(refusal(SmallIsing(), {.beta = 1e39}), HasSubstr("beyond the numbers of float32"));
  EXPECT_THAT(refusal(SmallIsing(), {.input_shape = {3}}), HasSubstr("shape has 3 values; the model has 4 sites"));
  EXPECT_THAT(refusal({.couplings = {}, .fields = {{0, 1}}, .sites = 1, .sha256 = {}}, {}),
              HasSubstr("at least one is needed"));
}

}  // namespace
}  // namespace ebm
