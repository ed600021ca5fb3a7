// What a file or a folder of data holds, before its columns and colours are matched with anything.

#ifndef EBM_MODEL_OFFLINE_DATA_STORED_DATA_H_
#define EBM_MODEL_OFFLINE_DATA_STORED_DATA_H_

#include <string>
#include <variant>
#include <vector>

#include "model/io/picture_set.h"
#include "model/io/stored_array.h"

namespace ebm {

struct StoredData {
  std::variant<StoredArray, PictureSet> content;
  std::vector<std::string> labels = {};  // [n], those that are not a column of the content; empty: none
  std::vector<std::string> notes = {};   // what was chosen, for people
  std::string sha256 = {};               // of the file, or Sha256OfFiles of the folder
};

}  // namespace ebm

#endif  // EBM_MODEL_OFFLINE_DATA_STORED_DATA_H_
