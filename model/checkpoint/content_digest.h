// A checkpoint's digest of its own content, by which a damaged file is detected.
//
// It does not depend on how a writer orders or spaces the file. It is the SHA-256, in hexadecimal, of a text with one
// line for each metadata text in the file and for each tensor, each ended by a line feed, metadata and tensors sorted
// by name:
//
//   metadata NAME SHA256-OF-THE-TEXT
//   tensor NAME DTYPE [SIZE, SIZE, ...] SHA256-OF-THE-BYTES

#ifndef EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_
#define EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_

#include <span>
#include <string>

#include "model/checkpoint/safetensors.h"

namespace ebm {

// The metadata key of the digest. The digest covers every key but this one and those of other tools.
inline constexpr char kDigestKey[] = "content_sha256";

// metadata_keys: the keys to cover.
std::string ContentDigest(const SafetensorsFile& file, std::span<const char* const> metadata_keys);

}  // namespace ebm

#endif  // EBM_MODEL_CHECKPOINT_CONTENT_DIGEST_H_
