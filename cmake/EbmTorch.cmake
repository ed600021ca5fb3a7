# LibTorch as the target `ebm_torch`, for the few files that include it.
#
# A LibTorch on CMAKE_PREFIX_PATH takes precedence over the one that deploy/install_dependencies.sh installs in .deps.
# Its include folder contains headers of an old Protobuf. It is therefore searched last (-idirafter), so that files that
# use both include the right Protobuf headers.

file(GLOB ebm_local_torch ${CMAKE_SOURCE_DIR}/.deps/python/lib/python3*/site-packages/torch/share/cmake)
list(APPEND CMAKE_PREFIX_PATH ${ebm_local_torch})
find_package(Torch 2.13 REQUIRED)

add_library(ebm_torch INTERFACE)
target_compile_options(ebm_torch INTERFACE ${TORCH_CXX_FLAGS})
foreach(dir ${TORCH_INCLUDE_DIRS})
  target_compile_options(ebm_torch INTERFACE "SHELL:-idirafter ${dir}")
endforeach()
get_filename_component(ebm_torch_lib_dir ${TORCH_LIBRARY} DIRECTORY)
target_link_libraries(ebm_torch INTERFACE ${ebm_torch_lib_dir}/libtorch_cpu.so ${ebm_torch_lib_dir}/libc10.so)
