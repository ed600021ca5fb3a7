# find_package(ebm): the target ebm::client, the C++ client library. Its dependencies are the packages that it was built
# with.

include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(absl)
find_dependency(Protobuf)
find_dependency(gRPC CONFIG)
find_dependency(PkgConfig)
pkg_check_modules(hwy REQUIRED IMPORTED_TARGET libhwy)
include(${CMAKE_CURRENT_LIST_DIR}/ebmTargets.cmake)
