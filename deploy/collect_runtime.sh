#!/usr/bin/env bash
# Copies programs and the shared libraries that they load into one folder, for an image without those packages.
#
#   deploy/collect_runtime.sh FOLDER PROGRAM...
#
# FOLDER/bin gets the stripped programs and FOLDER/lib the libraries, except those of the C library, which must come
# from the system that the programs run on.
set -euo pipefail

readonly folder="$1"
shift
mkdir -p "$folder/bin" "$folder/lib"
install --strip --target-directory="$folder/bin" "$@"
ldd "$@" | awk '/=> \// { print $3 }' | sort --unique \
  | grep --invert-match --extended-regexp '/(libc|libm|libdl|librt|libpthread|libresolv)\.so' \
  | xargs cp --dereference --target-directory="$folder/lib"
