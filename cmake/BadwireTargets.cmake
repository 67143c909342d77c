# How targets are made here: one function per kind, so that a folder's CMakeLists.txt is a list of
# what it holds and what it stands on.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG") # no slower here than -O3, and built a quarter sooner

# With CMAKE_UNITY_BUILD, as in builds from nothing (pip, the demo, sanitizers), so many files of a library are
# compiled as one, in less than half of the time. A build that is changed and built again and again is
# sooner ready without, and says more about each file: names of two files meet there.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 16)

# ccache must be told that precompiled headers are allowed, and that two build folders of one checkout compile
# the same things.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# What every target of ours is compiled with. Not exported, because it concerns no other project.
add_library(badwire_build INTERFACE)
target_include_directories(badwire_build INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
target_compile_options(badwire_build INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual
  -fPIC -fno-omit-frame-pointer $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>
  # g++ 12 warns wrongly: PR105651 and PR105329 in inlined std::string, PR101361 in coroutine frames.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-mismatched-new-delete>
  # In a unity build a file's own coroutines look to it as if they stood in a header.
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<BOOL:${CMAKE_UNITY_BUILD}>>:-Wno-subobject-linkage>
  $<$<BOOL:${BADWIRE_WARNINGS_AS_ERRORS}>:-Werror>)
target_compile_definitions(badwire_build INTERFACE BOOST_ASIO_NO_DEPRECATED)
if(BADWIRE_SANITIZE)
  target_compile_options(badwire_build INTERFACE -fsanitize=${BADWIRE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(badwire_build INTERFACE -fsanitize=${BADWIRE_SANITIZE})
endif()
target_link_libraries(badwire_build INTERFACE Threads::Threads)

# One precompiled header serves all targets but tests, another one the tests. Tests are not optimised, because
# they are compiled more often than they run; the tested code is optimised.
add_library(badwire_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
target_precompile_headers(badwire_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.hpp)
target_link_libraries(badwire_pch PUBLIC badwire_build fmt::fmt Boost::headers)
if(BADWIRE_TESTS)
  add_library(badwire_test_pch STATIC ${PROJECT_SOURCE_DIR}/cmake/pch.cpp)
  target_precompile_headers(badwire_test_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/test_pch.hpp)
  target_link_libraries(badwire_test_pch PUBLIC badwire_build fmt::fmt Boost::headers
                                                GTest::gtest_main GTest::gmock)
  target_compile_options(badwire_test_pch PUBLIC -O0)
endif()

# All benchmarks and all fuzz targets, for ci/bench and ci/fuzz.
add_custom_target(badwire_benchmarks)
add_custom_target(badwire_fuzzers)

function(badwire_configure target)
  target_link_libraries(${target} PUBLIC $<BUILD_INTERFACE:badwire_build>
                                         fmt::fmt Boost::headers Threads::Threads)
  target_precompile_headers(${target} REUSE_FROM badwire_pch)
endfunction()

# badwire_library(net SOURCES a.cpp DEPENDS badwire::base): library badwire_net, alias badwire::net,
# installed under that name too.
function(badwire_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_library(badwire_${name} STATIC ${arg_SOURCES})
  add_library(badwire::${name} ALIAS badwire_${name})
  badwire_configure(badwire_${name})
  target_link_libraries(badwire_${name} PUBLIC ${arg_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY BADWIRE_LIBRARIES ${name})
endfunction()

# badwire_test(net_test SOURCES a_test.cpp DEPENDS badwire::net LABELS unit): GoogleTest, one ctest
# test per TEST(). LABELS: unit | loopback | virtual | scenario.
function(badwire_test name)
  if(NOT BADWIRE_TESTS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LABELS")
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE badwire_test_pch ${arg_DEPENDS})
  target_precompile_headers(${name} REUSE_FROM badwire_test_pch)
  set_target_properties(${name} PROPERTIES UNITY_BUILD OFF) # helpers of two tests may have one name
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60
                       PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 120)
endfunction()

# badwire_benchmark(relay_bench SOURCES … DEPENDS …): Google Benchmark; run by ci/bench, never by ctest.
function(badwire_benchmark name)
  if(NOT BADWIRE_BENCHMARKS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  badwire_configure(${name})
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS} benchmark::benchmark)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
  add_dependencies(badwire_benchmarks ${name})
endfunction()

# badwire_fuzzer(link_fuzz SOURCES … DEPENDS …): a libFuzzer target; run by ci/fuzz.
function(badwire_fuzzer name)
  if(NOT BADWIRE_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS")
  add_executable(${name} ${arg_SOURCES})
  badwire_configure(${name})
  target_compile_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_dependencies(badwire_fuzzers ${name})
endfunction()
