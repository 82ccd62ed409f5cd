# auriga_stage(<name> [KERNELS] SOURCES <files> [DEPS <stages>] [LIBS <targets>] [TESTS <files>])
#
# One folder below src/ is one stage of the pipeline: a library auriga_<name> that may use only the stages in
# DEPS (and base), and a test program <name>_test with the tests that lie beside the sources. All stages
# together make libauriga. KERNELS: there are some that run on several
# instruction sets (src/base/simd.hpp); the test program runs once more on each below the best.
function(auriga_stage name)
  cmake_parse_arguments(STAGE "KERNELS" "" "SOURCES;DEPS;LIBS;TESTS" ${ARGN})
  add_library(auriga_${name} STATIC ${STAGE_SOURCES})
  target_include_directories(auriga_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  list(TRANSFORM STAGE_DEPS PREPEND auriga_ OUTPUT_VARIABLE dep_targets)
  target_link_libraries(auriga_${name} PUBLIC ${dep_targets} ${STAGE_LIBS})
  set_property(GLOBAL APPEND PROPERTY AURIGA_STAGES auriga_${name})
  set_property(GLOBAL APPEND PROPERTY AURIGA_STAGE_LIBS ${STAGE_LIBS})
  if(AURIGA_TESTS AND STAGE_TESTS)
    add_executable(${name}_test ${STAGE_TESTS})
    target_link_libraries(${name}_test PRIVATE auriga_${name} auriga_test_support GTest::gmock auriga_test_main)
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${AURIGA_TEST_LIMIT})
    if(STAGE_KERNELS AND NOT AURIGA_SANITIZE AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
      foreach(isa IN ITEMS v3 v1)
        add_test(NAME isa.${isa}.${name} COMMAND ${name}_test --gtest_brief=1)
        set_tests_properties(isa.${isa}.${name} PROPERTIES ENVIRONMENT AURIGA_ISA=${isa} SKIP_RETURN_CODE 77 TIMEOUT ${AURIGA_TEST_LIMIT})
      endforeach()
    endif()
  endif()
endfunction()
