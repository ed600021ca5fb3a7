#include "model/offline/statistics/ranking.h"

#include <algorithm>
#include <numeric>

namespace ebm {
namespace {

constexpr double kKeptShare = 0.95;

double Sum(std::span<const uint32_t> counts) {
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), uint64_t{0}));
}

// The running sums of the curves. They are given the rows of one score at a time, from the highest score down.
class CurveSums {
 public:
  CurveSums(double inside, double outside) : inside_(inside), outside_(outside) {}

  void AddScore(double more_inside, double more_outside) {
    wins_ += more_inside * (outside_ - outside_above_ - 0.5 * more_outside);
    inside_above_ += more_inside;
    outside_above_ += more_outside;
    if (more_inside > 0) precision_ += more_inside * inside_above_ / (inside_above_ + outside_above_);
    if (kept_ || inside_above_ < kKeptShare * inside_) return;
    kept_ = true;
    false_positives_ = outside_above_;
  }

  RankingFigures Figures() const {
    return {.auroc = wins_ / (inside_ * outside_),
            .average_precision = precision_ / inside_,
            .fpr_at_95_tpr = false_positives_ / outside_};
  }

 private:
  const double inside_;
  const double outside_;
  double inside_above_ = 0;
  double outside_above_ = 0;
  double wins_ = 0;
  double precision_ = 0;
  bool kept_ = false;
  double false_positives_ = 0;
};

}  // namespace

Ranking::Ranking(std::span<const float> inside, std::span<const float> outside)
    : inside_rows_(inside.size()), outside_rows_(outside.size()) {
  places_.reserve(inside.size() + outside.size());
  for (uint32_t i = 0; i < inside.size(); ++i) places_.push_back({i, true, false});
  for (uint32_t i = 0; i < outside.size(); ++i) places_.push_back({i, false, false});
  const auto score = [&](const Place& place) { return place.inside ? inside[place.row] : outside[place.row]; };
  std::ranges::stable_sort(places_, [&](const Place& a, const Place& b) { return score(a) > score(b); });
  for (size_t i = 0; i < places_.size(); ++i) {
    places_[i].last_of_its_score = i + 1 == places_.size() || score(places_[i]) != score(places_[i + 1]);
  }
}

RankingFigures Ranking::Figures() const {
  const std::vector<uint32_t> once(std::max(inside_rows_, outside_rows_), 1);
  return Figures(std::span(once).first(inside_rows_), std::span(once).first(outside_rows_));
}

RankingFigures Ranking::Figures(std::span<const uint32_t> inside_counts,
                                std::span<const uint32_t> outside_counts) const {
  CurveSums sums(Sum(inside_counts), Sum(outside_counts));
  double inside = 0;
  double outside = 0;
  for (const Place& place : places_) {
    if (place.inside) {
      inside += inside_counts[place.row];
    } else {
      outside += outside_counts[place.row];
    }
    if (!place.last_of_its_score) continue;
    sums.AddScore(inside, outside);
    inside = outside = 0;
  }
  return sums.Figures();
}

double AreaUnderCurve(std::span<const float> inside, std::span<const float> outside) {
  return Ranking(inside, outside).Figures().auroc;
}

}  // namespace ebm
