#!/usr/bin/env bash
# Installs the build dependencies on Debian 12 and skips those that are installed.
#
#   deploy/install_dependencies.sh [--with-pictures] [--with-prometheus] [--with-sbom] [--with-tests]
#
# System packages come from apt (through sudo if not root); no service is started. LibTorch and Python tools go into
# virtual environments under .deps, so that only apt changes anything outside the checkout. A LibTorch on
# CMAKE_PREFIX_PATH is used instead of the downloaded one.
set -euo pipefail
cd "$(dirname "$0")/.."

readonly BUILD_PACKAGES=(
  build-essential cmake ninja-build ccache patchelf pkg-config
  libgrpc++-dev libprotobuf-dev protobuf-compiler protobuf-compiler-grpc libabsl-dev libssl-dev
  prometheus-cpp-dev libmicrohttpd-dev libspdlog-dev libcli11-dev nlohmann-json3-dev libpng-dev
  libjpeg62-turbo-dev libzip-dev zlib1g-dev libhwy-dev libcurl4-openssl-dev
  libgloo-dev  # headers only, for LibTorch's own Gloo
  libgtest-dev libgmock-dev libbenchmark-dev
)
readonly TEST_PACKAGES=(bubblewrap clang-14 clang-format-14 libclang-rt-14-dev dataset-fashion-mnist)

# apt_get ARGUMENT... : apt-get as root, without questions.
apt_get() {
  local root=()
  [[ $EUID -eq 0 ]] || root=(sudo)
  "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq "$@"
}

is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

install_packages() {
  local missing=()
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  echo "apt: ${missing[*]}"
  apt_get update
  apt_get install --yes --no-install-recommends "${missing[@]}" >/dev/null
}

# make_environment NAME REQUIREMENTS [PIP_OPTION...] : creates the virtual environment .deps/NAME, and creates it again
# after its requirements have changed. The copy of the requirements is written last, so an interrupted installation is
# repeated.
make_environment() {
  local -r environment=".deps/$1" requirements="$2"
  cmp --silent "$requirements" "$environment/requirements.txt" && return 0
  echo "pip: $requirements -> $environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check "${@:3}" --requirement "$requirements"
  cp "$requirements" "$environment/requirements.txt"
}

libtorch_is_given() {
  local IFS=:
  for prefix in ${CMAKE_PREFIX_PATH:-}; do
    [[ -f $prefix/share/cmake/Torch/TorchConfig.cmake || -f $prefix/Torch/TorchConfig.cmake ]] && return 0
  done
  return 1
}

download_prometheus() {
  apt-get -qq -o APT::Sandbox::User=root download prometheus
}

# Unpacks the Prometheus package instead of installing it, to get its programs without the service.
unpack_prometheus() {
  command -v prometheus >/dev/null && command -v promtool >/dev/null && return 0
  [[ -x .deps/prometheus/usr/bin/promtool ]] && return 0
  echo "apt: prometheus -> .deps/prometheus"
  local -r download="$(mktemp -d)"
  (cd "$download" && { download_prometheus || { apt_get update && download_prometheus; }; })
  dpkg-deb --extract "$download"/prometheus_*.deb .deps/prometheus
  rm -r "$download"
}

with_pictures=false
with_prometheus=false
with_sbom=false
with_tests=false
for argument in "$@"; do
  case "$argument" in
    --with-pictures) with_pictures=true ;;
    --with-prometheus) with_prometheus=true ;;
    --with-sbom) with_sbom=true ;;
    --with-tests) with_prometheus=true with_tests=true ;;
    *) sed -n '4s/^#   /usage: /p' deploy/install_dependencies.sh >&2; exit 2 ;;
  esac
done

install_packages "${BUILD_PACKAGES[@]}"
libtorch_is_given || make_environment python deploy/requirements.txt --no-deps
if $with_pictures; then make_environment pictures deploy/requirements-pictures.txt; fi
if $with_sbom; then make_environment sbom deploy/requirements-sbom.txt; fi
if $with_tests; then
  install_packages "${TEST_PACKAGES[@]}"
  make_environment test-tools tests/requirements.txt
fi
if $with_prometheus; then unpack_prometheus; fi
