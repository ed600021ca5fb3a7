# EBM_VERSION: the project's version and the commit: 0.1.0+3f2a9c1d0b7e. The commit is EBM_COMMIT or, in a git checkout, its
# HEAD; each commit then configures again.

set(EBM_COMMIT "" CACHE STRING "The commit that is built; empty: that of the git checkout")
set(EBM_VERSION ${PROJECT_VERSION})
set(commit "${EBM_COMMIT}")
find_package(Git QUIET)
if(NOT commit AND GIT_FOUND)
  # Empty if the source tree is the checkout, and not a folder inside of another project's.
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --show-prefix WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE prefix OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE no_checkout)
endif()
if(NOT commit AND GIT_FOUND AND NOT no_checkout AND NOT prefix)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --short=12 HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND ${GIT_EXECUTABLE} rev-parse --git-path logs/HEAD WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                  OUTPUT_VARIABLE head_log OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  cmake_path(ABSOLUTE_PATH head_log BASE_DIRECTORY ${CMAKE_SOURCE_DIR})
  if(commit AND EXISTS ${head_log})
    set_property(DIRECTORY ${CMAKE_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${head_log})
  endif()
endif()
if(commit)
  string(APPEND EBM_VERSION "+${commit}")
endif()
message(STATUS "Version: ${EBM_VERSION}")
