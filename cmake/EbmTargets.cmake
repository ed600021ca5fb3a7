# One target per folder. Every target lists its own dependencies, so the build files hold the one-way graph.
#
# EBM_SOURCES_PER_UNIT sources of a target are compiled as one unit, since headers take most of the time. Names in
# unnamed namespaces must therefore differ within a target. ALONE lists sources that are compiled by themselves: tests
# that repeat names of their neighbours, sources with compile definitions of their own, and sources that Highway
# compiles once per instruction set by including them again.

add_library(ebm_options INTERFACE)
target_include_directories(ebm_options INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ebm_options INTERFACE -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  target_compile_options(ebm_options INTERFACE -Wthread-safety)
endif()
if(EBM_SANITIZE)
  add_compile_options(-fsanitize=${EBM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
                      -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/tests/sanitizers/ignore.txt)
  add_link_options(-fsanitize=${EBM_SANITIZE})
endif()

# ebm_units(OUT NAME SRCS ... ALONE ...): sets OUT to what is compiled for a target. CMake's own unity builds name sources
# by absolute paths, which a second clone could not find in the compiler cache.
function(ebm_units out name)
  cmake_parse_arguments(arg "" "" "SRCS;ALONE" ${ARGN})
  if(EBM_SOURCES_PER_UNIT EQUAL 1)
    set(${out} ${arg_SRCS} PARENT_SCOPE)
    return()
  endif()
  set(units ${arg_ALONE})
  list(REMOVE_ITEM arg_SRCS ${arg_ALONE})
  while(arg_SRCS)
    list(SUBLIST arg_SRCS 0 ${EBM_SOURCES_PER_UNIT} sources)
    list(REMOVE_ITEM arg_SRCS ${sources})
    set(text "")
    foreach(source ${sources})
      cmake_path(ABSOLUTE_PATH source NORMALIZE)
      cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
      string(APPEND text "#include \"${source}\"\n")
    endforeach()
    list(LENGTH units number)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/${name}.units/unit_${number}.cc)
    file(CONFIGURE OUTPUT ${unit} CONTENT "${text}" @ONLY)
    list(APPEND units ${unit})
  endwhile()
  set(${out} ${units} PARENT_SCOPE)
endfunction()

# ebm_library(NAME SRCS ... DEPS ... [PRIVATE_DEPS ...] [ALONE ...])
function(ebm_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS;PRIVATE_DEPS;ALONE" ${ARGN})
  if(arg_SRCS)
    ebm_units(units ${name} SRCS ${arg_SRCS} ALONE ${arg_ALONE})
    add_library(${name} STATIC ${units})
    target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE $<BUILD_INTERFACE:ebm_options> ${arg_PRIVATE_DEPS})
    target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}> $<INSTALL_INTERFACE:include/ebm>)
  else()
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE ${arg_DEPS})
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
  endif()
endfunction()

# ebm_core_library(NAME SRCS ... DEPS ...): the part of a library that a build with EBM_CORE_ONLY has.
function(ebm_core_library name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  add_library(${name} STATIC ${arg_SRCS})
  target_link_libraries(${name} PUBLIC ${arg_DEPS} PRIVATE ebm_options)
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
endfunction()

# ebm_program(NAME SRCS ... DEPS ...): lands in <build>/bin.
function(ebm_program name)
  cmake_parse_arguments(arg "" "" "SRCS;DEPS" ${ARGN})
  ebm_units(units ${name} SRCS ${arg_SRCS})
  add_executable(${name} ${units})
  target_link_libraries(${name} PRIVATE ebm_options ${arg_DEPS})
endfunction()

# ebm_test(NAME SRCS ... DEPS ... [ALONE ...] [TIMEOUT seconds]): one GoogleTest program, one CTest entry, results as JUnit XML
# under <build>/test-results, where tests/run.sh counts them.
function(ebm_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SRCS;DEPS;ALONE" ${ARGN})
  ebm_units(units ${name} SRCS ${arg_SRCS} ALONE ${arg_ALONE})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  add_executable(${name} ${units})
  target_link_libraries(${name} PRIVATE ebm_options ${arg_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name} --gtest_output=xml:${CMAKE_BINARY_DIR}/test-results/${name}.xml)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
