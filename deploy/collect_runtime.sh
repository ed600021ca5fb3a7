#!/usr/bin/env bash
# Makes a root file system that holds programs, the shared objects that they load, and nothing else that can be run:
# for an image without a distribution, and so without shell, package manager and interpreters.
#
#   deploy/collect_runtime.sh FOLDER PROGRAM...
#
#   opt/ebm/bin             the programs, without their symbols
#   usr/lib/TRIPLET         every shared object that they load, LibTorch's without symbols, where the loader looks first
#   etc                     the numeric user 10001, root certificates, the order of name look-ups, os-release
#   usr/share/doc           the licence of each package, of LibTorch and of the product
#   var/lib/dpkg/status.d   the record of each package: where scanners of images look for what is installed
#
# The file system is FOLDER/root. FOLDER/TORCH_VERSION is for deploy/write_sbom.py.
set -euo pipefail

readonly folder="$1" user=10001
shift
readonly root="$folder/root"

# The packages whose headers are compiled into the programs, and that of the root certificates, which it generates.
readonly OTHER_PACKAGES=(libcli11-dev nlohmann-json3-dev ca-certificates)
# Files beside the shared objects that these read.
readonly DATA_FILES=(/etc/ssl/certs/ca-certificates.crt /usr/lib/os-release)

# shared_objects PROGRAM... : the paths of the objects that the loader finds for them, itself included.
shared_objects() {
  local found
  found="$(ldd "$@")"
  if grep "not found" <<<"$found" >&2; then return 1; fi
  awk '/=> \// { print $3 } /^\t\// { print $1 }' <<<"$found" | sort --unique
}

# Fills `package_of` for these files. Packages record paths from before /lib became a link to /usr/lib, and from after.
find_packages() {
  local -A recorded=()
  local file owner path real
  while IFS=: read -r owner path; do recorded["${path##* }"]="${owner%%,*}"; done < <(
    for file in "$@"; do
      real="$(readlink --canonicalize "$file")"
      printf '%s\n' "$file" "/usr$file" "$real" "${real#/usr}"
    done | sort --unique | xargs dpkg-query --search 2>/dev/null | grep --invert-match '^diversion'
  )
  for file in "$@"; do
    real="$(readlink --canonicalize "$file")"
    for path in "$file" "/usr$file" "$real" "${real#/usr}"; do
      [[ -z ${recorded[$path]:-} ]] || package_of[$file]="${recorded[$path]}"
    done
  done
}

# copy_objects LOADER OBJECT... : the loader goes where programs name it, all others into one folder.
copy_objects() {
  local loader="$1" object name
  shift
  install -D "$loader" "$root$loader"
  for object in "$@"; do
    [[ $object != "$loader" ]] || continue
    name="$libraries/$(basename "$object")"
    if [[ -e $name ]] && ! cmp --silent "$object" "$name"; then
      echo "two different objects are called $(basename "$object")" >&2
      return 1
    fi
    cp --dereference "$object" "$name"
    [[ -n ${package_of[$object]:-} ]] || strip --strip-unneeded "$name"
  done
}

# copy_records PACKAGE... : the licence of each, and its record in a file of its name.
copy_records() {
  local package
  for package in "$@"; do
    mkdir -p "$root/usr/share/doc/$package"
    cp --dereference "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/"
  done
  dpkg-query --status "$@" \
    | awk -v RS= -v folder="$root/var/lib/dpkg/status.d/" '{ file = folder $2; print > file; close(file) }'
}

# The version of LibTorch, and the licences of it and of what is compiled into it. A wheel has them beside its folder,
# and other packages of LibTorch in it.
copy_torch_record() {
  local licences
  local -r torch="$(dirname "$1")/.."
  if [[ -e $torch/version.py ]]; then
    sed --quiet "s/^__version__ = '\(.*\)'/\1/p" "$torch/version.py"
  else
    cat "$torch/build-version"
  fi >"$folder/TORCH_VERSION"
  mkdir -p "$root/usr/share/doc/libtorch"
  for licences in "$torch"/../torch-*.dist-info/licenses/. "$torch/LICENSE" "$torch/NOTICE"; do
    [[ ! -e $licences ]] || cp --recursive --no-preserve=mode "$licences" "$root/usr/share/doc/libtorch/"
  done
}

make_settings() {
  mkdir -p "$root"/{dev,etc,models,proc,sys,tmp}
  chmod 1777 "$root/tmp"
  echo "ebm:x:$user:$user:ebm:/:/sbin/nologin" >"$root/etc/passwd"
  echo "ebm:x:$user:" >"$root/etc/group"
  echo "hosts: files dns" >"$root/etc/nsswitch.conf"
  local file
  for file in "${DATA_FILES[@]}"; do
    [[ ! -e $file ]] || install -D --mode=644 "$file" "$root$file"
  done
  ln --symbolic --force ../usr/lib/os-release "$root/etc/os-release"
}

mkdir -p "$root/opt/ebm/bin" "$root/var/lib/dpkg/status.d"
install --strip --target-directory="$root/opt/ebm/bin" "$@"
# The build's has its folders, and empty entries, for which the loader would search the working folder.
patchelf --remove-rpath "$root"/opt/ebm/bin/*
mapfile -t objects < <(shared_objects "$@" || echo failed)
[[ ${objects[*]} != *failed* ]] || exit 1
loader="$(printf '%s\n' "${objects[@]}" | grep '/ld-linux')"
libc="$(printf '%s\n' "${objects[@]}" | grep '/libc\.so')"
libraries="$root/usr/lib/$(basename "$(dirname "$libc")")"
mkdir -p "$libraries"
declare -A package_of=()
find_packages "${objects[@]}" "${DATA_FILES[@]}"
copy_objects "$loader" "${objects[@]}"
make_settings

install -D --mode=644 --target-directory="$root/usr/share/doc/ebm" "$(dirname "$0")"/../{LICENSE,NOTICE}
copy_torch_record "$(printf '%s\n' "${objects[@]}" | grep '/libtorch_cpu\.so')"
mapfile -t packages < <(printf '%s\n' "${package_of[@]}" "${OTHER_PACKAGES[@]}" | sort --unique)
copy_records "${packages[@]}"
