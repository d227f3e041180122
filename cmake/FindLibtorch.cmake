# Plain imported targets from the include and lib folders of a torch wheel.
#
# find_package(Torch) of the wheel demands a CUDA toolkit even for CPU use, so it is not used.
# LIBTORCH_ROOT names the `torch` folder of the wheel (default: .deps/torch-cpu/torch, made by
# scripts/setup). Defines:
#   Libtorch::cpu   torch_cpu and c10, all that a CPU worker links
set(LIBTORCH_ROOT "${PROJECT_SOURCE_DIR}/.deps/torch-cpu/torch" CACHE PATH "torch folder of the wheel")

find_path(LIBTORCH_INCLUDE_DIR ATen/ATen.h PATHS ${LIBTORCH_ROOT}/include NO_DEFAULT_PATH)
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS ${LIBTORCH_ROOT}/lib NO_DEFAULT_PATH)
find_library(LIBTORCH_C10_LIBRARY c10 PATHS ${LIBTORCH_ROOT}/lib NO_DEFAULT_PATH)

set(Libtorch_VERSION "")
if(EXISTS "${LIBTORCH_ROOT}/version.py")
  file(STRINGS "${LIBTORCH_ROOT}/version.py" _line REGEX "^__version__")
  string(REGEX REPLACE ".*['\"]([0-9][^'\"]*)['\"].*" "\\1" Libtorch_VERSION "${_line}")
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Libtorch
  REQUIRED_VARS LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY LIBTORCH_INCLUDE_DIR
  VERSION_VAR Libtorch_VERSION
  REASON_FAILURE_MESSAGE "run scripts/setup, or set LIBTORCH_ROOT to the torch folder of an unpacked wheel")

if(Libtorch_FOUND AND NOT TARGET Libtorch::cpu)
  add_library(Libtorch::c10 SHARED IMPORTED)
  set_target_properties(Libtorch::c10 PROPERTIES IMPORTED_LOCATION ${LIBTORCH_C10_LIBRARY})
  add_library(Libtorch::cpu SHARED IMPORTED)
  set_target_properties(Libtorch::cpu PROPERTIES
    IMPORTED_LOCATION ${LIBTORCH_CPU_LIBRARY}
    INTERFACE_INCLUDE_DIRECTORIES "${LIBTORCH_INCLUDE_DIR};${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${LIBTORCH_INCLUDE_DIR};${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include"
    INTERFACE_LINK_LIBRARIES Libtorch::c10)
endif()
mark_as_advanced(LIBTORCH_INCLUDE_DIR LIBTORCH_CPU_LIBRARY LIBTORCH_C10_LIBRARY)
