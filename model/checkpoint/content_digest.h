// A checkpoint's digest of its own content, which tells a damaged file from a good one.
//
// It does not depend on how a writer orders or spaces the file: SHA-256, in hexadecimal, of one line for each of the
// metadata texts that are there and for each tensor, each ended by a line feed, metadata and tensors sorted by name:
//
//   metadata NAME SHA256-OF-THE-TEXT
//   tensor NAME DTYPE [SIZE, SIZE, ...] SHA256-OF-THE-BYTES

#ifndef EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_
#define EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_

#include <span>
#include <string>

#include "model/checkpoint/safetensors.h"

namespace ebm {

// The metadata key under which the digest stands. It covers every key but this one and those of other tools.
inline constexpr char kDigestKey[] = "content_sha256";

// metadata_keys: those that are covered.
std::string ContentDigest(const SafetensorsFile& file, std::span<const char* const> metadata_keys);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_
