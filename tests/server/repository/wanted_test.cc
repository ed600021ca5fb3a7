#include "server/repository/wanted.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace ebm::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

ModelSettings WithPolicy(VersionPolicy policy, VersionLabels labels = {}) {
  return {.policy = std::move(policy), .labels = std::move(labels)};
}

TEST(ChosenTest, LatestIsTheNewestOnDisk) {
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{1}), {}, {.on_disk = {1, 2, 10}}), ElementsAre(10));
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{2}), {}, {.on_disk = {1, 2, 10}}), ElementsAre(2, 10));
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{9}), {}, {.on_disk = {1, 2}}), ElementsAre(1, 2));
}

TEST(ChosenTest, AVersionThatCannotBeLoadedDoesNotTakeThePlaceOfOneThatCan) {
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{1}), {}, {.on_disk = {1, 2, 3}, .failed = {3}}), ElementsAre(2));
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{2}), {}, {.on_disk = {1, 2, 3}, .failed = {2}}), ElementsAre(1, 3));
}

TEST(ChosenTest, AllIsEveryVersionOnDisk) {
  EXPECT_THAT(Chosen(WithPolicy(AllVersions()), {}, {.on_disk = {1, 2, 3}, .failed = {2}}), ElementsAre(1, 3));
}

TEST(ChosenTest, SpecificIsWhatIsListedWhateverIsOnDisk) {
  EXPECT_THAT(Chosen(WithPolicy(SpecificVersions{{2, 7}}), {}, {.on_disk = {1, 2, 3}}), ElementsAre(2, 7));
  EXPECT_THAT(Chosen(WithPolicy(SpecificVersions{}), {}, {.on_disk = {1}, .loaded = {1}}), IsEmpty());
}

TEST(ChosenTest, WhatIsLoadedStaysIfThereIsNothingToChooseFrom) {
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{1}), {}, {.on_disk = {}, .loaded = {4}}), ElementsAre(4));
  EXPECT_THAT(Chosen(WithPolicy(AllVersions()), {}, {.on_disk = {5}, .failed = {5}, .loaded = {4}}), ElementsAre(4));
}

TEST(ChosenTest, ALabelledVersionIsServedBesideThePolicy) {
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{1}, {{"stable", 2}}), {}, {.on_disk = {1, 2, 3}}), ElementsAre(2, 3));
}

TEST(ChosenTest, ALabelOfAVersionThatIsNotThereChoosesNothing) {
  EXPECT_THAT(Chosen(WithPolicy(LatestVersions{1}, {{"stable", 9}}), {}, {.on_disk = {1}}), ElementsAre(1));
}

// Otherwise "stable" would silently become the newest version.
TEST(ChosenTest, ALabelKeepsItsOldVersionUntilTheNewOneIsLoaded) {
  const ModelSettings moved = WithPolicy(LatestVersions{1}, {{"stable", 2}});
  EXPECT_THAT(Chosen(moved, {{"stable", 1}}, {.on_disk = {1, 2, 3}, .loaded = {1, 3}}), ElementsAre(1, 2, 3));
  EXPECT_THAT(Chosen(moved, {{"stable", 1}}, {.on_disk = {1, 2, 3}, .failed = {2}, .loaded = {1, 3}}),
              ElementsAre(1, 3));
  EXPECT_THAT(Chosen(moved, {{"stable", 1}}, {.on_disk = {1, 2, 3}, .loaded = {1, 2, 3}}), ElementsAre(2, 3));
}

TEST(LabelsInEffectTest, ALabelMovesWhenItsVersionIsLoaded) {
  EXPECT_EQ(LabelsInEffect({{"stable", 2}}, {{"stable", 1}}, {1}), (VersionLabels{{"stable", 1}}));
  EXPECT_EQ(LabelsInEffect({{"stable", 2}}, {{"stable", 1}}, {1, 2}), (VersionLabels{{"stable", 2}}));
  EXPECT_EQ(LabelsInEffect({{"stable", 2}}, {{"stable", 1}}, {3}), VersionLabels());
  EXPECT_EQ(LabelsInEffect({}, {{"stable", 1}}, {1}), VersionLabels()) << "the settings have it no longer";
}

TEST(PlanForTest, LoadsWhatIsWantedAndUsable) {
  EXPECT_EQ(PlanFor({2, 3, 9}, {.on_disk = {1, 2, 3}, .failed = {3}}), (Plan{.load = {2}, .retire = {}}));
}

TEST(PlanForTest, RetiresTheRestOnceAllThatIsWantedIsLoaded) {
  EXPECT_EQ(PlanFor({2}, {.on_disk = {1, 2}, .loaded = {1}}), (Plan{.load = {2}, .retire = {}}));
  EXPECT_EQ(PlanFor({2}, {.on_disk = {1, 2}, .loaded = {1, 2}}), (Plan{.load = {}, .retire = {1}}));
}

TEST(PlanForTest, AFailedLoadRetiresNothing) {
  EXPECT_EQ(PlanFor({2}, {.on_disk = {1, 2}, .failed = {2}, .loaded = {1}}), Plan());
}

TEST(PlanForTest, AVersionThatVanishedIsRetiredWhenAnotherIsLoaded) {
  EXPECT_EQ(PlanFor({1}, {.on_disk = {}, .loaded = {1}}), Plan());
  EXPECT_EQ(PlanFor({2}, {.on_disk = {2}, .loaded = {1, 2}}), (Plan{.load = {}, .retire = {1}}));
}

TEST(PlanForTest, NothingWantedRetiresAll) {
  EXPECT_EQ(PlanFor({}, {.on_disk = {1, 2}, .loaded = {1, 2}}), (Plan{.load = {}, .retire = {1, 2}}));
}

}  // namespace
}  // namespace ebm::repository
