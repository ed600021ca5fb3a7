# What `cmake --install` puts where, and packages by `cpack -G TGZ` and `cpack -G DEB` in the build folder.
#
#   --component programs   bin/ebm-*, and LibTorch's libraries in lib/ebm, found relative to the programs ($ORIGIN)
#   --component library    ebm::client for find_package(ebm): headers in include/ebm, static libraries, ebmConfig.cmake
#
# Packages hold the programs. Their other libraries are those of Debian 12; the .deb depends on their packages.

set(programs ebm-client ebm-eval ebm-import ebm-load ebm-logz ebm-server ebm-train)
set_target_properties(${programs} PROPERTIES INSTALL_RPATH "$ORIGIN/../lib/ebm")
install(TARGETS ${programs} RUNTIME DESTINATION bin COMPONENT programs)
file(GLOB torch_openmp ${ebm_torch_lib_dir}/libgomp*)
install(PROGRAMS ${ebm_torch_lib_dir}/libtorch_cpu.so ${ebm_torch_lib_dir}/libc10.so ${torch_openmp}
        DESTINATION lib/ebm COMPONENT programs)
install(FILES LICENSE NOTICE README.md DESTINATION share/doc/ebm COMPONENT programs)

set_target_properties(ebm_client PROPERTIES EXPORT_NAME client)
install(TARGETS ebm_client ebm_model_core ebm_model_sampler ebm_model_spec ebm_proto ebm_proto_convert
        EXPORT ebm ARCHIVE DESTINATION lib COMPONENT library)
install(EXPORT ebm NAMESPACE ebm:: FILE ebmTargets.cmake DESTINATION lib/cmake/ebm COMPONENT library)
foreach(folder client model/core model/sampler model/spec)
  file(GLOB headers ${folder}/*.h)
  install(FILES ${headers} DESTINATION include/ebm/${folder} COMPONENT library)
endforeach()
foreach(folder ebm/v1 grpc/health/v1)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/proto/generated/${folder}/ DESTINATION include/ebm/${folder} COMPONENT library
          FILES_MATCHING PATTERN "*.h")
endforeach()
include(CMakePackageConfigHelpers)
write_basic_package_version_file(ebmConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(FILES cmake/ebmConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/ebmConfigVersion.cmake DESTINATION lib/cmake/ebm
        COMPONENT library)

set(CPACK_PACKAGE_NAME ebm)
set(CPACK_PACKAGE_VERSION ${EBM_VERSION})
set(CPACK_PACKAGE_CONTACT "The maintainers of ebm")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Server and tools for energy-based models: classify, score and sample over gRPC")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_COMPONENTS_ALL programs)
set(CPACK_COMPONENTS_GROUPING ALL_COMPONENTS_IN_ONE)
set(CPACK_ARCHIVE_COMPONENT_INSTALL ON)
set(CPACK_COMPONENT_INCLUDE_TOPLEVEL_DIRECTORY ON)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_ARCHIVE_THREADS 0)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS_PRIVATE_DIRS ${ebm_torch_lib_dir})
set(CPACK_DEBIAN_PACKAGE_SECTION science)
include(CPack)
