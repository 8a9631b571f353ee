# stp_module(NAME DEPENDS…): the library of one folder of src/. DEPENDS are the lower folders that it may include;
# tests/lint checks the same table on the #include lines.
function(stp_module name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "main\\.cpp$")
  if(NOT sources)  # a folder of headers only
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/${name}_headers_only.cpp)
    file(CONFIGURE OUTPUT ${sources} CONTENT "// This module has headers only.\n")
  endif()
  add_library(stp_${name} STATIC ${sources})
  target_include_directories(stp_${name} PUBLIC ${PROJECT_SOURCE_DIR}/src)
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(stp_${name} PUBLIC stp_${dependency})
  endforeach()
  target_link_libraries(stp_${name} PRIVATE ${ARG_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY STP_MODULES stp_${name})
endfunction()

# stp_all_modules(VARIABLE): every module library of this build, for programs that link them all (fuzz targets, benchmarks).
function(stp_all_modules variable)
  get_property(modules GLOBAL PROPERTY STP_MODULES)
  set(${variable} ${modules} PARENT_SCOPE)
endfunction()

# stp_test_options(TARGET): sanitized test code is not worth optimising; the tested code is. STP_SANITIZED tells tests
# that everything takes several times as long.
function(stp_test_options target)
  if(STP_SANITIZE)
    target_compile_options(${target} PRIVATE -O0)
    target_compile_definitions(${target} PRIVATE STP_SANITIZED)
  endif()
endfunction()

# GoogleTest's headers, precompiled once and shared by all test programs: they are half of the cost of compiling a test
# file.
function(stp_test_headers)
  if(NOT TARGET stp_test_headers)
    file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/test_headers.cpp CONTENT "// Only carries the precompiled header.\n")
    add_library(stp_test_headers STATIC ${CMAKE_BINARY_DIR}/test_headers.cpp)
    target_link_libraries(stp_test_headers PRIVATE GTest::gmock GTest::gtest)
    target_precompile_headers(stp_test_headers PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
    stp_test_options(stp_test_headers)
  endif()
endfunction()

# stp_unit_tests(NAME DEPENDS…): one test program for all *_test.cpp of the folder, one ctest entry per test.
# LARGE: GoogleTest patterns of tests of large numbers (whole networks played for a figure, a hundred thousand names). With a
# sanitizer they take minutes, and run the same code as the smaller tests; they are then left out.
function(stp_unit_tests name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LIBRARIES;LARGE" ${ARGN})
  stp_test_headers()
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(unit_${name} ${sources})
  target_include_directories(unit_${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(unit_${name} PRIVATE STP_VECTORS_DIR="${PROJECT_SOURCE_DIR}/tests/vectors")
  target_precompile_headers(unit_${name} REUSE_FROM stp_test_headers)
  stp_test_options(unit_${name})
  foreach(dependency ${ARG_DEPENDS})
    target_link_libraries(unit_${name} PRIVATE stp_${dependency})
  endforeach()
  target_link_libraries(unit_${name} PRIVATE ${ARG_LIBRARIES} GTest::gmock GTest::gtest_main)
  set(filter)
  if(STP_SANITIZE AND ARG_LARGE)
    list(JOIN ARG_LARGE ":" patterns)
    set(filter TEST_FILTER "-${patterns}")
  endif()
  # NO_PRETTY_VALUES: a row of a table is named by its `name`, not by a dump of its bytes.
  gtest_discover_tests(unit_${name} TEST_PREFIX "${name}." NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60 ${filter}
                       PROPERTIES TIMEOUT 400)
endfunction()
