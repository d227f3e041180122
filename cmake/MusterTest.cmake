# muster_add_test(name SOURCES a.cc ... [LIBS lib ...] [LABELS unit] [TIMEOUT seconds])
#   One GoogleTest program, one ctest entry. The default labels are `unit` (no network, no process, no
#   sleep; a whole program takes well below a second) and `asan`.
#   Labels `asan` and `tsan` say what CI also runs under these sanitizers (scripts/sanitize); targets
#   tests_asan and tests_tsan build just that.
function(muster_add_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_LABELS)
    set(arg_LABELS unit asan)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  muster_warnings(test_${name})
  add_test(NAME ${name} COMMAND test_${name})
  set_tests_properties(${name} PROPERTIES LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT}
                                          SKIP_RETURN_CODE 77)
  foreach(sanitizer IN ITEMS asan tsan)
    if(sanitizer IN_LIST arg_LABELS)
      if(NOT TARGET tests_${sanitizer})
        add_custom_target(tests_${sanitizer})
      endif()
      add_dependencies(tests_${sanitizer} test_${name})
    endif()
  endforeach()
endfunction()

# muster_add_mpi_test(name SOURCES a.cc ... RANKS 1 2 4 [LIBS lib ...] [TIMEOUT seconds])
#   One program (with its own main, which initialises MPI), run under mpirun at each number of ranks.
#   MUSTER_TEST_RANKS tells the program how many ranks it must find: a test that silently ran as
#   four singletons is an error.
function(muster_add_mpi_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;RANKS;ENVIRONMENT" ${ARGN})
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(test_${name} ${arg_SOURCES})
  target_link_libraries(test_${name} PRIVATE ${arg_LIBS} GTest::gtest GTest::gmock)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR})
  muster_warnings(test_${name})
  foreach(ranks IN LISTS arg_RANKS)
    add_test(NAME ${name}_np${ranks}
             COMMAND ${PROJECT_SOURCE_DIR}/tests/support/mpirun ${ranks} $<TARGET_FILE:test_${name}>)
    set_tests_properties(${name}_np${ranks} PROPERTIES
      LABELS "mpi;integration" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77 PROCESSORS ${ranks}
      ENVIRONMENT "MUSTER_TEST_RANKS=${ranks};${arg_ENVIRONMENT}")
  endforeach()
endfunction()

# muster_add_python_test(name SCRIPT file.py [ARGUMENTS a ...] [LABELS integration] [TIMEOUT seconds])
#   A test written with Python's standard library, for what is looked at from outside: whole runs,
#   sources, programs. MUSTER_BIN tells the script where the programs are, tests/support is on its path.
function(muster_add_python_test name)
  cmake_parse_arguments(arg "" "SCRIPT;TIMEOUT" "ARGUMENTS;LABELS" ${ARGN})
  find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)
  if(NOT arg_LABELS)
    set(arg_LABELS integration)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_test(NAME ${name}
           COMMAND Python3::Interpreter -B ${CMAKE_CURRENT_SOURCE_DIR}/${arg_SCRIPT} ${arg_ARGUMENTS})
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_LABELS}" TIMEOUT ${arg_TIMEOUT} SKIP_RETURN_CODE 77
    ENVIRONMENT "MUSTER_BIN=${CMAKE_RUNTIME_OUTPUT_DIRECTORY};PYTHONPATH=${PROJECT_SOURCE_DIR}/tests/support")
endfunction()
