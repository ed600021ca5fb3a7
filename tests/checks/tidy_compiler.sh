#!/usr/bin/env bash
# Runs clang-tidy behind a compiler's command line, so that ccache keeps the results: a source that passed is not read
# again until it, a header of it, its flags, .clang-tidy or the version of clang-tidy changes. The object file is a line
# of text, since ccache keeps no empty output.
# Comments stay in the preprocessed text that ccache hashes, because NOLINT is a comment.
#
#   ccache tests/checks/tidy_compiler.sh FLAG... -c SOURCE -o OBJECT
set -euo pipefail

object=""
source=""
for ((i = 1; i <= $#; ++i)); do
  case "${!i}" in
    -E) exec clang++-14 -C -Wno-unknown-warning-option "$@" ;;
    -o) ((++i)); object="${!i}" ;;
    *.cc) source="${!i}" ;;
  esac
done

"${CLANG_TIDY:-clang-tidy}" --quiet --config-file=.clang-tidy "$source" -- "$@" -Wno-unknown-warning-option
echo "clang-tidy finds nothing" >"$object"
