// The seam between batching and a model: what a worker needs to run chains and rows, on slot ids and float spans.
//
// A worker owns one ChainEngine and one RowEngine. A chain's or row's numbers never depend on its neighbours, its slot,
// or the load.
//
// Units: states and rows are in the model's scaled units; log densities in nats. D is the state's dimension, K the
// number of classes.
//
// Threads: an engine is used by one worker's thread at a time and needs no lock.

#ifndef EBM_SERVER_BATCHING_CHAIN_ENGINE_H_
#define EBM_SERVER_BATCHING_CHAIN_ENGINE_H_

#include <cstdint>
#include <limits>
#include <span>

namespace ebm::batching {

inline constexpr int32_t kNoClass = -1;

// How the chains of one request move; shared by all of them.
struct ChainSettings {
  uint64_t seed = 0;
  float step_size = 1.0F;     // alpha
  float noise_scale = 0.01F;  // sigma
  bool metropolis = false;    // every step is accepted or refused, so that the chain has its temperature's law
  // Steps whose number is below it also tune each chain's step_size and noise_scale at their temperature; metropolis
  // only.
  uint32_t adaptation_steps = 0;
  // Above 0: the chains anneal from the model's base density over so many steps, and carry a weight; metropolis only.
  uint32_t annealing_steps = 0;
  int32_t target_class = kNoClass;
  float clamp_lower = -std::numeric_limits<float>::infinity();
  float clamp_upper = std::numeric_limits<float>::infinity();
  uint32_t noise_free_step = std::numeric_limits<uint32_t>::max();  // the step number that adds no noise
};

// What a chain takes along from slot to slot beside its state.
struct ChainProgress {
  float step_size = 0;  // its settings' at first, its own once it has adapted
  float noise_scale = 0;
  double log_weight = 0;  // ln w, where it anneals
};

// A chain as it enters a slot: at its start, or where it was parked.
struct ChainEntry {
  const ChainSettings* settings;  // read during Admit only
  uint32_t chain;                 // index within the request, and in the noise's key
  uint32_t step;                  // steps done
  ChainProgress progress;
  std::span<const float> state;               // [D]
  std::span<const uint8_t> free_coordinates;  // [D] of 0 (held) and 1; empty: all free
};

class ChainEngine {
 public:
  virtual ~ChainEngine() = default;

  virtual int slots() const = 0;
  virtual int dimension() const = 0;  // D

  // REQUIRES: the slot is free.
  virtual void Admit(int slot, const ChainEntry& entry) = 0;

  // Moves every occupied slot by one step.
  virtual void Step() = 0;

  // False once the chain's state holds a number that is not finite.
  virtual bool IsFinite(int slot) const = 0;

  // How many of the steps that the slot's chain made since Admit or the last call were accepted; 0 where steps are not
  // accepted or refused.
  virtual uint32_t TakeAccepted(int slot) = 0;

  virtual ChainProgress Progress(int slot) const = 0;

  // The chain's state, and the ln p~(x [, y]) that its last step knew: at the state where steps are accepted or
  // refused, at the one before otherwise.
  struct View {
    std::span<const float> state;  // [D], until the next call that is not const
    float log_density = 0;
  };
  virtual View ViewOf(int slot) const = 0;

  // The states of some slots and their ln p~(x). states: [slots.size(), D], log_density: [slots.size()].
  virtual void Read(std::span<const int> slots, std::span<float> states, std::span<float> log_density) = 0;

  // REQUIRES: the slot is occupied. It is free afterwards.
  virtual void Release(int slot) = 0;
};

// Where the answers go. An empty span: nobody asked.
struct RowOutputs {
  std::span<float> logits;         // [n, K]
  std::span<float> log_density;    // [n], ln p~(x)
  std::span<float> gradient_norm;  // [n], the Euclidean norm of the gradient of ln p~(x) in x; or empty
  std::span<float> log_ratio;      // [n], ln p~(x) - ln b(x) of a model on a base density b; or empty
};

class RowEngine {
 public:
  virtual ~RowEngine() = default;

  virtual int max_rows() const = 0;     // rows a call
  virtual int dimension() const = 0;    // D
  virtual int num_classes() const = 0;  // K

  // rows: [n, D] with n <= max_rows().
  virtual void Evaluate(std::span<const float> rows, const RowOutputs& out) = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CHAIN_ENGINE_H_
