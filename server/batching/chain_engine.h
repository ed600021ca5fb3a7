// The interface between batching and a model: what a worker needs to run chains and rows, with slot ids and float
// spans.
//
// A worker owns one ChainEngine and one RowEngine. The results of a chain or row never depend on the other chains and
// rows, on its slot, or on the load.
//
// Units: states and rows are in the model's scaled units; log densities in nats. D is the state's dimension, K the
// number of classes.
//
// Errors: a computation can fail for lack of memory or inside a library. The engine then reports it and stays usable;
// the worker ends the requests whose chains or rows took part, with that status.
//
// Threads: an engine is used by one worker's thread at a time and needs no lock.

#ifndef EBM_SERVER_BATCHING_CHAIN_ENGINE_H_
#define EBM_SERVER_BATCHING_CHAIN_ENGINE_H_

#include <cstdint>
#include <span>

#include "absl/status/status.h"

namespace ebm::batching {

// What the chains of one request are, and how they move. Batching only hands it to the engine, which knows the type
// that its own side has derived.
class OpaqueSettings {
 public:
  virtual ~OpaqueSettings() = default;
};

// What a chain carries from slot to slot in addition to its state and step number. Batching reads the weight only.
struct ChainProgress {
  float step_size = 0;  // as the chain's kernel has tuned them
  float noise_scale = 0;
  double log_weight = 0;  // ln w; weighted chains only
};

// A chain that enters a slot, at its start or where it left its last slot.
struct ChainEntry {
  const OpaqueSettings* settings;             // read during Admit only
  uint32_t chain;                             // index within the request
  uint32_t step;                              // steps done
  const ChainProgress* progress;              // read during Admit only; null before the chain's first step here
  std::span<const float> state;               // [D]; empty: the engine draws where the chain starts
  std::span<const uint8_t> free_coordinates;  // [D], 0: held, 1: free; empty: all free
};

class ChainEngine {
 public:
  virtual ~ChainEngine() = default;

  virtual int slots() const = 0;
  virtual int dimension() const = 0;  // D

  // REQUIRES: the slot is free.
  // After an error, the slot is occupied and the chain's state is unspecified.
  virtual absl::Status Admit(int slot, const ChainEntry& entry) = 0;

  // Moves every occupied slot by one step. After an error, the states of all slots are unspecified.
  virtual absl::Status Step() = 0;

  // False once a coordinate of the chain's state is not finite.
  virtual bool IsFinite(int slot) const = 0;

  // The number of accepted steps of the slot's chain since Admit or the last call; 0 for chains that reject none.
  virtual uint32_t TakeAccepted(int slot) = 0;

  virtual ChainProgress Progress(int slot) const = 0;

  // The chain's state, and the ln p~(x [, y]) that its last step computed: of this state for chains that accept or
  // reject, of the state before the step for others.
  struct View {
    std::span<const float> state;  // [D], valid until the next non-const call
    float log_density = 0;
  };
  virtual View ViewOf(int slot) const = 0;

  // Copies the state of slots[i] to states[i], [D], and computes its ln p~(x), log_density[i].
  virtual absl::Status Read(std::span<const int> slots, std::span<const std::span<float>> states,
                            std::span<float> log_density) = 0;

  // Frees the slot. REQUIRES: the slot is occupied.
  virtual void Release(int slot) = 0;
};

// Where the results go. A span that may be empty is left empty if its result is not wanted.
struct RowOutputs {
  std::span<float> logits;         // [n, K]
  std::span<float> log_density;    // [n], ln p~(x)
  std::span<float> gradient_norm;  // [n], the Euclidean norm of the gradient of ln p~(x) in x; or empty
  std::span<float> log_ratio;      // [n], ln p~(x) - ln b(x), for models that have a base density b; or empty
  std::span<float> hidden_means;   // [n, H], E[h given x], for models that have hidden units; or empty
};

// The sizes of a row and of its results.
struct RowShape {
  size_t dimension = 0;     // D
  size_t num_classes = 0;   // K
  size_t hidden_units = 0;  // H, 0 without hidden means
};

class RowEngine {
 public:
  virtual ~RowEngine() = default;

  virtual int max_rows() const = 0;  // per call
  virtual RowShape shape() const = 0;

  // rows: [n, D] with n <= max_rows().
  virtual absl::Status Evaluate(std::span<const float> rows, const RowOutputs& out) = 0;
};

}  // namespace ebm::batching

#endif  // EBM_SERVER_BATCHING_CHAIN_ENGINE_H_
